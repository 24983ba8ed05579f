import { problems } from '@guichet/errors';
import { isApiToken, type Verifier } from '@guichet/tokens';
import { findApiCaller } from './api-tokens/introspect-token.ts';
import type { Deps } from './deps.ts';
import { sessionIsLive } from './sessions/store.ts';

/**
 * Checks every token against the database: every replica refuses an ended session or token, and a user who is no longer active or has another
 * role, from that moment on.
 */
export function createLiveVerifier(verify: Verifier, deps: Pick<Deps, 'db' | 'clock'>): Verifier {
  return async (token) => {
    if (isApiToken(token)) {
      return (
        (await findApiCaller(deps, token)) ??
        refuseToken('the API token is unknown, has ended, or its user is not active')
      );
    }
    const caller = await verify(token);
    if (await sessionIsLive(deps.db, caller)) return caller;
    return refuseToken('the session has ended, or its user is not active');
  };
}

function refuseToken(internal: string): never {
  throw problems.unauthenticated(undefined, { headers: { 'WWW-Authenticate': 'Bearer' }, internal });
}
