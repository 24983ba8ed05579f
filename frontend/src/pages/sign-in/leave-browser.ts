import type { PageContext } from '../../request-context.ts';
import { leaveNothing } from '../../session/leave-nothing.ts';
import { clearTokens } from '../../session/tokens.ts';
import { redirectTo } from '../page.ts';

/** Leaves nothing of the user behind for the next one of this browser, and leads to the front page with a notice. */
export function leaveBrowser(ctx: PageContext, notice: string): void {
  const { session } = ctx.state;
  clearTokens(session);
  delete session.ended;
  ctx.state.drafts.dropAll();
  ctx.state.sessionChanged = true;
  leaveNothing(ctx);
  redirectTo(ctx, '/', { kind: 'success', key: notice });
}
