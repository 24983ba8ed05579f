import { newId } from '@guichet/database';
import { enqueue } from '@guichet/outbox';
import { type Caller, issueAccessToken, type Scope, scopesOf } from '@guichet/tokens';
import type { Deps, Origin } from '../deps.ts';
import { refuse } from '../errors.ts';
import { actorOf, logEntry } from '../journal.ts';
import { keepKeyUntil } from '../keys/store.ts';
import { changeAsCaller } from '../users/change-as-caller.ts';
import { type ApiTokenRow, insertApiToken } from './store.ts';

const DAY_SECONDS = 24 * 60 * 60;

/**
 * Issues a personal API token with some of its owner's scopes. It is an access token like any other, verified by every service on its
 * own, and lives until it expires or is revoked; its key is kept for as long.
 * @returns the stored row and the token, which is kept nowhere
 * @throws Problem `scope_too_wide`
 */
export async function createApiToken(
  deps: Deps,
  caller: Caller,
  wanted: { name: string; scopes: readonly Scope[]; expiresInDays: number },
  origin: Origin,
): Promise<{ row: ApiTokenRow; token: string }> {
  const allowed = scopesOf(caller.role);
  const tooWide = wanted.scopes.filter((scope) => !allowed.includes(scope));
  if (tooWide.length > 0) throw refuse.scope_too_wide(`You have not the scope ${tooWide.join(', ')}`);
  const scopes = allowed.filter((scope) => wanted.scopes.includes(scope));

  return changeAsCaller(deps, caller, async (trx, user) => {
    const now = deps.clock();
    const ttlSeconds = wanted.expiresInDays * DAY_SECONDS;
    const row: ApiTokenRow = {
      id: newId(now),
      user_id: user.id,
      name: wanted.name,
      scopes: scopes.join(' '),
      created_at: now,
      // A token's time of expiry is in whole seconds (RFC 7519).
      expires_at: new Date((Math.floor(now.getTime() / 1000) + ttlSeconds) * 1000),
      revoked_at: null,
    };
    const key = deps.keyring.signingKey();
    const token = issueAccessToken(
      key,
      { userId: user.id, username: user.username, role: user.role, scopes, sessionId: row.id, kind: 'api' },
      { ttlSeconds, now },
    );
    await keepKeyUntil(trx, key.kid, row.expires_at);
    await insertApiToken(trx, row);
    await enqueue(trx, [
      logEntry(now, origin, {
        actor: actorOf(caller),
        action: 'TOKEN_CREATED',
        subject: { type: 'api_token', id: row.id },
        concerns: [user.id],
        message: `${user.username} created the API token "${row.name}".`,
        data: { name: row.name, scopes, expires_at: row.expires_at.toISOString() },
      }),
    ]);
    return { row, token };
  });
}
