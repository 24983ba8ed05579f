import { scopesOf } from '@guichet/contract';
import type { Transaction } from '@guichet/database';
import { issueAccessToken } from '@guichet/tokens';
import type { Deps } from '../deps.ts';
import { hashOpaqueToken, newOpaqueToken } from '../opaque-token.ts';
import { scopesAfter } from '../second-factor/rules.ts';
import type { UserRow } from '../users/store.ts';
import { insertRefreshToken, type SessionRow } from './store.ts';

/** The tokens that a client gets when it signs in or refreshes. */
export interface TokenPair {
  accessToken: string;
  refreshToken: string;
  scope: string;
  expiresAt: Date;
}

/** Issues the access token of a session and the refresh token for the next; the latter is stored by its hash only. */
export async function issueTokens(
  deps: Deps,
  trx: Transaction,
  user: UserRow,
  session: Pick<SessionRow, 'id' | 'second_factor'>,
  now: Date,
): Promise<TokenPair> {
  const scopes = scopesAfter(deps.policy, user.role, session.second_factor === 1, scopesOf(user.role));
  const ttlSeconds = deps.policy.tokenTtlSeconds;
  const accessToken = issueAccessToken(
    deps.keyring.signingKey(),
    {
      userId: user.id,
      username: user.username,
      role: user.role,
      scopes,
      sessionId: session.id,
      kind: 'session',
    },
    { ttlSeconds, now },
  );
  const refreshToken = newOpaqueToken();
  await insertRefreshToken(trx, {
    token_hash: hashOpaqueToken(refreshToken),
    session_id: session.id,
    issued_at: now,
    used_at: null,
    used_by: null,
    successor: null,
  });
  return {
    accessToken,
    refreshToken,
    scope: scopes.join(' '),
    expiresAt: new Date((Math.floor(now.getTime() / 1000) + ttlSeconds) * 1000),
  };
}
