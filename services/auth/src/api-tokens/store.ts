import type { Database, Transaction } from '@guichet/database';
import type { Caller } from '@guichet/tokens';

export interface ApiTokenRow {
  id: string;
  user_id: string;
  name: string;
  /** With spaces between them. */
  scopes: string;
  created_at: Date;
  expires_at: Date;
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

/** Whether the token was not revoked and its user is active, with the role that the token says. */
export async function apiTokenIsLive(db: Database, caller: Caller): Promise<boolean> {
  const row = await db('api_tokens')
    .join('users', 'users.id', 'api_tokens.user_id')
    .where({ 'api_tokens.id': caller.sessionId, 'users.id': caller.userId, 'users.role': caller.role })
    .where({ 'users.status': 'active' })
    .whereNull('api_tokens.revoked_at')
    .first('api_tokens.id');
  return row !== undefined;
}
