import { createHash } from 'node:crypto';
import { IntrospectionView } from '@guichet/contract/auth';
import { problems } from '@guichet/errors';
import { type Peer, PeerUnreachableError } from '@guichet/http';
import type { Clock } from '@guichet/time';
import { API_TOKEN_CACHE_MS, type Caller, type Revocations } from '@guichet/tokens';
import { LRUCache } from 'lru-cache';

/** How long an answer is used before auth is queried again. */
const FRESH_MS = 10_000;

interface Known {
  caller: Caller;
  confirmedAt: number;
}

/**
 * Looks up the owner and the current scopes of a personal API token in auth. The answer is used for ten seconds, and for five
 * minutes while auth is down. A token that is revoked in the meantime is refused at once.
 */
export function createApiCallers(options: {
  auth: Pick<Peer, 'request'>;
  revocations: Revocations;
  clock: Clock;
}) {
  const { auth, revocations, clock } = options;
  // No ttl: an entry has two ages, one while auth answers and one while it is down.
  const known = new LRUCache<string, Known>({ max: 10_000 });

  async function introspect(tokenHash: string): Promise<Caller> {
    const { status, body } = await auth.request({
      method: 'POST',
      path: '/internal/tokens/introspect',
      body: { token_hash: tokenHash },
    });
    if (status !== 200) throw new PeerUnreachableError(`auth answered ${status} about an API token`);
    const { caller: found } = IntrospectionView.parse(body);
    if (found === null) {
      known.delete(tokenHash);
      throw unauthenticated('the API token is unknown, has ended, or its user is not active');
    }
    const caller: Caller = Object.freeze({
      userId: found.user_id,
      username: found.username,
      role: found.role,
      scopes: found.scopes,
      sessionId: found.token_id,
      kind: 'api',
      expiresAt: new Date(found.expires_at),
    });
    known.set(tokenHash, { caller, confirmedAt: clock().getTime() });
    return caller;
  }

  async function confirm(tokenHash: string): Promise<Caller> {
    const before = known.get(tokenHash);
    const ageMs = before === undefined ? Number.POSITIVE_INFINITY : clock().getTime() - before.confirmedAt;
    if (before !== undefined && ageMs < FRESH_MS) return before.caller;
    try {
      return await introspect(tokenHash);
    } catch (error) {
      if (!(error instanceof PeerUnreachableError)) throw error;
      if (before !== undefined && ageMs < API_TOKEN_CACHE_MS) return before.caller;
      throw problems.unavailable(undefined, {
        headers: { 'Retry-After': '1' },
        internal: 'auth could not look up an API token',
        cause: error,
      });
    }
  }

  return async (token: string): Promise<Caller> => {
    const caller = await confirm(createHash('sha256').update(token).digest('hex'));
    if (caller.expiresAt <= clock()) throw unauthenticated('the API token has expired');
    if (revocations.has(caller.sessionId)) throw unauthenticated('the API token was revoked');
    return caller;
  };
}

function unauthenticated(internal: string) {
  return problems.unauthenticated(undefined, { headers: { 'WWW-Authenticate': 'Bearer' }, internal });
}
