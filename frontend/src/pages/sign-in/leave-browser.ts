import type { PageContext } from '../../request-context.ts';
import { SCRIPTS_COOKIE } from '../../scripts-cookie.ts';
import { clearTokens } from '../../session/tokens.ts';
import { redirectTo } from '../page.ts';

/** Leaves nothing of the user behind for the next one of this browser, and leads to the front page with a notice. */
export function leaveBrowser(ctx: PageContext, notice: string): void {
  const { session } = ctx.state;
  clearTokens(session);
  delete session.ended;
  ctx.state.drafts.dropAll();
  ctx.state.sessionChanged = true;
  // The storage with what scripts counted is emptied, so that the next page counts once.
  ctx.cookies.set(SCRIPTS_COOKIE, null);
  // Not "cookies": the session's own is emptied here, and those for language and theme should outlive it.
  ctx.set('Clear-Site-Data', '"cache", "storage"');
  redirectTo(ctx, '/', { kind: 'success', key: notice });
}
