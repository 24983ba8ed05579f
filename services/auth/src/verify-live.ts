import type { Database } from '@guichet/database';
import { problems } from '@guichet/errors';
import type { Verifier } from '@guichet/tokens';
import { apiTokenIsLive } from './api-tokens/store.ts';
import { sessionIsLive } from './sessions/store.ts';

/**
 * Holds a verified token to the database, the truth behind every session: here a session that ended, or a user who is not active any
 * more, is refused from that moment on, whatever replica is asked.
 */
export function createLiveVerifier(verify: Verifier, db: Database): Verifier {
  return async (token) => {
    const caller = await verify(token);
    const isLive = caller.kind === 'api' ? apiTokenIsLive : sessionIsLive;
    if (await isLive(db, caller)) return caller;
    throw problems.unauthenticated(undefined, {
      headers: { 'WWW-Authenticate': 'Bearer' },
      internal: 'the session has ended, or its user is not active',
    });
  };
}
