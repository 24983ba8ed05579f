import { sentence } from '@guichet/contract/events';
import type { Transaction } from '@guichet/database';
import { problems } from '@guichet/errors';
import type { OutboxMessage } from '@guichet/events';
import { enqueue } from '@guichet/outbox';
import { API_TOKEN_CACHE_MS, type Caller } from '@guichet/tokens';
import { actionLogged, actorOf, nameOf } from '../audit.ts';
import type { Deps, Origin } from '../deps.ts';
import { revoked } from '../messages.ts';
import { CLOCK_SKEW_MS } from '../sessions/rules.ts';
import { insertRevocations } from '../sessions/store.ts';
import { changeAsCaller } from '../users/change-as-caller.ts';
import { type ApiTokenRow, lockApiTokens, markApiTokensRevoked } from './store.ts';

/** Revokes one of the caller's own API tokens. @throws Problem `not_found` for any other */
export async function revokeApiToken(
  deps: Deps,
  caller: Caller,
  tokenId: string,
  origin: Origin,
): Promise<void> {
  await changeAsCaller(deps, caller, async (trx, user) => {
    const now = deps.clock();
    const token = (await lockApiTokens(trx, user.id)).find(({ id }) => id === tokenId);
    if (token === undefined) throw problems.not_found();
    await enqueue(trx, [
      ...(await revokeTokens(trx, [token], now)),
      actionLogged(now, origin, {
        actor: actorOf(caller),
        action: 'TOKEN_REVOKED',
        subject: { type: 'api_token', id: token.id },
        concerns: [user.id],
        sentence: sentence`${nameOf(user)} revoked the API token "${{ of: user.id, text: token.name }}".`,
        data: { name: token.name },
      }),
    ]);
  });
}

/** Revokes all API tokens of a user, who must be locked. @returns the messages to enqueue */
export async function revokeAllApiTokens(
  trx: Transaction,
  userId: string,
  now: Date,
): Promise<OutboxMessage[]> {
  return revokeTokens(trx, await lockApiTokens(trx, userId), now);
}

async function revokeTokens(
  trx: Transaction,
  tokens: readonly ApiTokenRow[],
  now: Date,
): Promise<OutboxMessage[]> {
  if (tokens.length === 0) return [];
  await markApiTokensRevoked(
    trx,
    tokens.map(({ id }) => id),
    now,
  );
  // Until then another service may accept the token from its cache.
  const until = new Date(now.getTime() + API_TOKEN_CACHE_MS + CLOCK_SKEW_MS);
  const ids = tokens.map(({ id }) => id);
  await insertRevocations(trx, ids, until);
  return revoked(ids, until);
}
