import type { SignedIn } from '@guichet/contract/auth';
import type { PageContext } from '../../request-context.ts';
import { clearTokens, storeTokens } from '../../session/tokens.ts';
import { readMarkOf } from '../notifications/count-news.ts';
import { homePath, redirectTo } from '../page.ts';

/** Begins the session of a user who has signed in, and leads them to `next`, or home. */
export async function admit(ctx: PageContext, pair: SignedIn, next: string): Promise<void> {
  // Signing in resets the CSRF token, so that one planted before is worthless.
  clearTokens(ctx.state.session);
  storeTokens(ctx.state.session, pair);
  ctx.state.sessionChanged = true;
  // What happens from now on is new to them, if they are new to this browser.
  readMarkOf(ctx);
  // This user must not see what others typed in this browser.
  await ctx.state.drafts.dropOthers(pair.user.id);
  redirectTo(ctx, next === '' ? homePath(pair.user.role) : next);
}
