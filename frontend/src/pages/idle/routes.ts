import { endIdleSession } from '../../session/idle.ts';
import { SessionEnded } from '../../session/tokens.ts';
import { signedIn } from '../page.ts';
import { pageRouter } from '../router.ts';

/** What the script of an open page asks and does, so that it knows when its user is idle in every tab. */
export function idlePages() {
  const router = pageRouter();

  // Counts as activity, as every request does that isn't passive.
  router.get('/session', (ctx) => {
    if (ctx.state.session.tokens === undefined) throw new SessionEnded('not signed in');
    ctx.body = { idle_in_ms: ctx.state.idleInMs };
  });

  // Sent with the form that the user has typed into, which is named in the address: it is kept, and never carried out.
  router.post('/session/idle', signedIn, async (ctx) => {
    await endIdleSession(ctx);
    throw new SessionEnded('idle');
  });

  return router;
}
