import type { PageContext } from '../request-context.ts';
import { SCRIPTS_COOKIE } from '../scripts-cookie.ts';

/** Empties what the browser has stored about the user, at the end of a session. */
export function leaveNothing(ctx: PageContext): void {
  // The storage with what scripts counted is emptied, so that the next page counts once.
  ctx.cookies.set(SCRIPTS_COOKIE, null);
  // Not "cookies": the session's own is emptied by its owner, and those for language and theme should outlive it.
  ctx.set('Clear-Site-Data', '"cache", "storage"');
}
