import { scopesOf } from '@guichet/contract';
import { type Caller, isApiToken } from '@guichet/tokens';
import type { Deps } from '../deps.ts';
import { hashOpaqueToken } from '../opaque-token.ts';
import { scopesAfter } from '../second-factor/rules.ts';
import { findUsableToken, markApiTokenUsed } from './store.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * Finds the caller behind a personal API token, by the token's hash, with the owner's current role and the token's scopes that this role
 * still has, and without those for which the role needs a second factor that the owner does not have. Records the day of use.
 * @returns null for a token that is unknown, revoked or expired, or whose owner is not active
 */
export async function introspectApiToken(
  { db, clock, policy }: Pick<Deps, 'db' | 'clock' | 'policy'>,
  tokenHash: string,
): Promise<Caller | null> {
  const now = clock();
  const token = await findUsableToken(db, tokenHash, now);
  if (token === null) return null;
  const day = new Date(Math.floor(now.getTime() / DAY_MS) * DAY_MS);
  if (token.last_used_at === null || token.last_used_at < day) await markApiTokenUsed(db, token.id, day);
  const given = new Set(token.scopes.split(' '));
  return {
    userId: token.user_id,
    username: token.username,
    role: token.role,
    scopes: scopesAfter(
      policy,
      token.role,
      token.has_second_factor === 1,
      scopesOf(token.role).filter((scope) => given.has(scope)),
    ),
    sessionId: token.id,
    kind: 'api',
    expiresAt: token.expires_at,
  };
}

/** The caller behind a bearer token. @returns null also if it is not a personal API token */
export async function findApiCaller(
  deps: Pick<Deps, 'db' | 'clock' | 'policy'>,
  token: string,
): Promise<Caller | null> {
  return isApiToken(token) ? introspectApiToken(deps, hashOpaqueToken(token)) : null;
}
