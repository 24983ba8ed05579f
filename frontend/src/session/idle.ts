import { isPassive, type PageContext, type PageMiddleware } from '../request-context.ts';
import { staysSignedIn } from './cookie.ts';
import { leaveNothing } from './leave-nothing.ts';
import { clearTokens, SessionEnded } from './tokens.ts';

export const IDLE_NOTICE = { kind: 'info', key: 'notices.signed_out_idle' } as const;

/** Streams that the browser opens again by itself. */
const STREAMS = ['/live', '/logs/stream'];

/** Aborted when the user is due to be signed out, unless they do something meanwhile: then the page opens its stream again. */
export function idleSignals({ state: { idleInMs } }: PageContext): AbortSignal[] {
  return idleInMs === null ? [] : [AbortSignal.timeout(idleInMs)];
}

/**
 * After this, the session of a user who hasn't done anything for too long is over, here and in auth, and the request goes on as that of a
 * signed-out user. Any other request counts as activity, unless a script sent it by itself.
 */
export function signOutIdle(limitMs: number): PageMiddleware {
  return async (ctx, next) => {
    const { session, activity } = ctx.state;
    if (session.tokens === undefined || staysSignedIn(session)) return next();
    const leftMs = limitMs - activity.idleForMs(session);
    if (leftMs <= 0) {
      await endIdleSession(ctx);
      return next();
    }
    const isActivity = !isPassive(ctx) && !STREAMS.includes(ctx.path);
    if (isActivity) activity.record(session);
    ctx.state.idleInMs = isActivity ? limitMs : leftMs;
    await next();
  };
}

/** Signs the user out because they have done nothing. What they typed is kept for them, unlike when they sign out themselves. */
export async function endIdleSession(ctx: PageContext): Promise<void> {
  const { session, api, log } = ctx.state;
  ctx.state.idleInMs = null;
  if (isPassive(ctx)) {
    // The page itself, or the next one, ends the session. The stream says that it is over.
    if (ctx.path !== '/live') throw new SessionEnded('idle');
    return clearTokens(session);
  }
  await api.auth
    .logout()
    .catch((err: unknown) => log.warn({ err }, 'idle session could not be ended, it will expire'));
  clearTokens(session);
  leaveNothing(ctx);
  session.notices = [...(session.notices ?? []), IDLE_NOTICE];
  ctx.state.notices = session.notices;
  ctx.state.sessionChanged = true;
}
