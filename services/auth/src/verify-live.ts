import { problems } from '@guichet/errors';
import { isApiToken, type Verifier } from '@guichet/tokens';
import { findApiCaller } from './api-tokens/introspect-token.ts';
import type { Deps } from './deps.ts';
import { scopesAfter } from './second-factor/rules.ts';
import { findLiveSession } from './sessions/store.ts';

/**
 * Checks every token against the database: every replica refuses an ended session or token, and a user who is no longer active or has another
 * role, from that moment on. Staff who must set up a second factor have no other scopes from that moment on.
 */
export function createLiveVerifier(verify: Verifier, deps: Pick<Deps, 'db' | 'clock' | 'policy'>): Verifier {
  return async (token) => {
    if (isApiToken(token)) {
      return (
        (await findApiCaller(deps, token)) ??
        refuseToken('the API token is unknown, has ended, or its user is not active')
      );
    }
    const caller = await verify(token);
    const session = await findLiveSession(deps.db, caller);
    if (session === null) return refuseToken('the session has ended, or its user is not active');
    const scopes = scopesAfter(deps.policy, caller.role, session.second_factor === 1, caller.scopes);
    return { ...caller, scopes };
  };
}

function refuseToken(internal: string): never {
  throw problems.unauthenticated(undefined, { headers: { 'WWW-Authenticate': 'Bearer' }, internal });
}
