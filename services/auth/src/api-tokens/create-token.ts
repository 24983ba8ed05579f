import { type Scope, scopesOf } from '@guichet/contract';
import { sentence } from '@guichet/contract/events';
import { newId } from '@guichet/database';
import { enqueue } from '@guichet/outbox';
import { type Caller, newApiToken } from '@guichet/tokens';
import { actionLogged, actorOf, nameOf } from '../audit.ts';
import type { Deps, Origin } from '../deps.ts';
import { refuse } from '../errors.ts';
import { mailTo } from '../messages.ts';
import { hashOpaqueToken } from '../opaque-token.ts';
import { changeWithPassword } from '../users/change-as-caller.ts';
import { type ApiTokenRow, insertApiToken } from './store.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * Creates a personal API token with some of its owner's scopes. It is an opaque value that only auth can verify, and valid until it
 * expires or is revoked.
 * @returns the stored row and the token, which is stored as a hash only
 * @throws Problem `wrong_password`, `too_many_attempts`, `scope_too_wide`
 */
export async function createApiToken(
  deps: Deps,
  caller: Caller,
  wanted: { name: string; scopes: readonly Scope[]; expiresInDays: number; password: string },
  origin: Origin,
): Promise<{ row: ApiTokenRow; token: string }> {
  // Not all scopes of the role while the caller has to set up a second factor.
  const allowed = scopesOf(caller.role).filter((scope) => caller.scopes.includes(scope));
  const tooWide = wanted.scopes.filter((scope) => !allowed.includes(scope));
  if (tooWide.length > 0)
    throw refuse.scope_too_wide(`Your role does not have the scope ${tooWide.join(', ')}`);
  const scopes = allowed.filter((scope) => wanted.scopes.includes(scope));

  return changeWithPassword(deps, caller, wanted.password, origin, async (trx, user) => {
    const now = deps.clock();
    const token = newApiToken();
    const row: ApiTokenRow = {
      id: newId(now),
      user_id: user.id,
      token_hash: hashOpaqueToken(token),
      name: wanted.name,
      scopes: scopes.join(' '),
      created_at: now,
      expires_at: new Date(now.getTime() + wanted.expiresInDays * DAY_MS),
      last_used_at: null,
      revoked_at: null,
    };
    await insertApiToken(trx, row);
    await enqueue(trx, [
      actionLogged(now, origin, {
        actor: actorOf(caller),
        action: 'TOKEN_CREATED',
        subject: { type: 'api_token', id: row.id },
        concerns: [user.id],
        sentence: sentence`${nameOf(user)} created the API token "${{ of: user.id, text: row.name }}".`,
        data: { name: row.name, scopes, expires_at: row.expires_at.toISOString() },
      }),
      ...mailTo(user, now, origin, {
        template: 'token_created',
        data: { at: now.toISOString(), name: row.name, expires_at: row.expires_at.toISOString() },
      }),
    ]);
    return { row, token };
  });
}
