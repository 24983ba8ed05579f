import type { Handling } from '@guichet/http';
import type { Deps } from './deps.ts';

type Reading = Pick<Handling<unknown, unknown>, 'caller' | 'headers'>;

/**
 * Returns whether the caller of a reply that is written over time may still read the log: their session or API token hasn't ended, and still has
 * the scope.
 * @param expiredForMs for how long after its expiry a token still counts, for a reply that can't be continued with a new one
 */
export function watchAccess(
  { verify, clock }: Pick<Deps, 'verify' | 'clock'>,
  { caller, headers }: Reading,
  expiredForMs = 0,
): () => Promise<boolean> {
  const bearer = headers.authorization?.replace(/^Bearer +/i, '') ?? '';
  return async () => {
    const lateMs = clock().getTime() - caller.expiresAt.getTime();
    // A session that ends after its token has expired may be in no list.
    if (lateMs >= 0) return lateMs < expiredForMs;
    const now = await verify(bearer).catch(() => null);
    return now?.scopes.includes('logs:read') === true && now.role === caller.role;
  };
}
