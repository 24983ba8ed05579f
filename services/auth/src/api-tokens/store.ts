import type { Role } from '@guichet/contract';
import type { Database, Transaction } from '@guichet/database';

export interface ApiTokenRow {
  id: string;
  user_id: string;
  token_hash: string;
  name: string;
  /** With spaces between them. */
  scopes: string;
  created_at: Date;
  expires_at: Date;
  /** The start of the day (UTC) on which the token was last used. */
  last_used_at: Date | null;
  revoked_at: Date | null;
}

export async function insertApiToken(trx: Transaction, token: ApiTokenRow): Promise<void> {
  await trx('api_tokens').insert(token);
}

/** Newest first, from below the id `before`; without those that were revoked. */
export async function listApiTokens(
  db: Database,
  userId: string,
  page: { limit: number; before: string | null },
): Promise<ApiTokenRow[]> {
  const query = db<ApiTokenRow>('api_tokens')
    .where({ user_id: userId })
    .whereNull('revoked_at')
    .orderBy('id', 'desc')
    .limit(page.limit);
  if (page.before !== null) query.where('id', '<', page.before);
  return query;
}

/** The user's tokens that nobody has revoked, locked. */
export async function lockApiTokens(trx: Transaction, userId: string): Promise<ApiTokenRow[]> {
  return trx<ApiTokenRow>('api_tokens')
    .where({ user_id: userId })
    .whereNull('revoked_at')
    .orderBy('id')
    .forUpdate();
}

export async function markApiTokensRevoked(
  trx: Transaction,
  ids: readonly string[],
  now: Date,
): Promise<void> {
  await trx('api_tokens').whereIn('id', ids).update({ revoked_at: now });
}

/** Names are words of a person, and go with the person. */
export async function forgetApiTokenNames(trx: Transaction, userId: string): Promise<void> {
  await trx('api_tokens').where({ user_id: userId }).update({ name: '' });
}

/** Whether the user's token may be used. The user must be locked. */
export async function lockLiveApiToken(
  trx: Transaction,
  userId: string,
  id: string,
  now: Date,
): Promise<boolean> {
  const row = await trx('api_tokens')
    .where({ id, user_id: userId })
    .whereNull('revoked_at')
    .where('expires_at', '>', now)
    .forUpdate()
    .first('id');
  return row !== undefined;
}

export interface UsableToken {
  id: string;
  scopes: string;
  expires_at: Date;
  last_used_at: Date | null;
  user_id: string;
  username: string;
  role: Role;
}

/** A token that is neither revoked nor expired, with its owner, who is active. */
export async function findUsableToken(
  db: Database,
  tokenHash: string,
  now: Date,
): Promise<UsableToken | null> {
  const row = await db('api_tokens')
    .join('users', 'users.id', 'api_tokens.user_id')
    .where({ 'api_tokens.token_hash': tokenHash, 'users.status': 'active' })
    .whereNull('api_tokens.revoked_at')
    .where('api_tokens.expires_at', '>', now)
    .first(
      'api_tokens.id',
      'api_tokens.scopes',
      'api_tokens.expires_at',
      'api_tokens.last_used_at',
      'api_tokens.user_id',
      'users.username',
      'users.role',
    );
  return row ?? null;
}

export async function markApiTokenUsed(db: Database, id: string, day: Date): Promise<void> {
  await db('api_tokens').where({ id }).update({ last_used_at: day });
}
