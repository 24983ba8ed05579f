import type { NewSession } from '@guichet/contract/auth';
import type { PageContext } from '../../request-context.ts';
import { startSession } from '../../session/tokens.ts';
import { readMarkOf } from '../notifications/count-news.ts';
import { homePath, redirectTo } from '../page.ts';

/** What the sign-in page was asked for: where to go, and whether to keep the user signed in. */
export interface SignInWishes {
  next: string;
  keep: boolean;
}

/** Begins the session of a user who has signed in, and leads them to `next`, or home. */
export async function admit(ctx: PageContext, pair: NewSession, { next, keep }: SignInWishes): Promise<void> {
  await endEarlierSession(ctx);
  startSession(ctx.state.session, pair, keep);
  ctx.state.activity.record(ctx.state.session);
  ctx.state.sessionChanged = true;
  // What happens from now on is new to them, if they are new to this browser.
  readMarkOf(ctx);
  // This user must not see what others typed in this browser.
  await ctx.state.drafts.dropOthers(pair.user.id);
  if (pair.device_token !== null) await ctx.state.devices.keep(pair.user, pair.device_token);
  redirectTo(ctx, next === '' ? homePath(pair.user.role) : next);
}

/** A sign-in over an open session ends that one: this browser is about to forget its tokens, and could not end it later. */
async function endEarlierSession(ctx: PageContext): Promise<void> {
  const { session, api, log } = ctx.state;
  if (session.tokens === undefined) return;
  await api.auth
    .logout()
    .catch((err: unknown) => log.warn({ err }, 'earlier session could not be ended, it will expire'));
}
