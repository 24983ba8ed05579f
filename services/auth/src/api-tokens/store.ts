import type { Role } from '@guichet/contract';
import { allOf, type Database, queryOnce, select, sql, type Transaction, table } from '@guichet/database';
import { HAS_SECOND_FACTOR } from '../second-factor/store.ts';

export interface ApiTokenRow {
  id: string;
  user_id: string;
  token_hash: string;
  name: string;
  /** Separated by spaces. */
  scopes: string;
  created_at: Date;
  expires_at: Date;
  /** The start of the day (UTC) on which the token was last used. */
  last_used_at: Date | null;
  revoked_at: Date | null;
}

const apiTokens = table<ApiTokenRow>('api_tokens', {
  id: 'id',
  user_id: 'user_id',
  token_hash: 'token_hash',
  name: 'name',
  scopes: 'scopes',
  created_at: 'created_at',
  expires_at: 'expires_at',
  last_used_at: 'last_used_at',
  revoked_at: 'revoked_at',
});

export async function insertApiToken(trx: Transaction, token: ApiTokenRow): Promise<void> {
  await queryOnce(trx, apiTokens.insert([token]));
}

/** Newest first, from below the id `before`; without those that were revoked. */
export async function listApiTokens(
  db: Database,
  userId: string,
  { limit, before }: { limit: number; before: string | null },
): Promise<ApiTokenRow[]> {
  const where = allOf(
    sql`user_id = ${userId} AND revoked_at IS NULL`,
    before === null ? undefined : sql`id < ${before}`,
  );
  return queryOnce(db, apiTokens.select(sql`${where} ORDER BY id DESC LIMIT ${limit}`));
}

/** The user's tokens that were not revoked, locked. */
export async function lockApiTokens(trx: Transaction, userId: string): Promise<ApiTokenRow[]> {
  return queryOnce(trx, apiTokens.lock(sql`user_id = ${userId} AND revoked_at IS NULL ORDER BY id`));
}

export async function markApiTokensRevoked(
  trx: Transaction,
  ids: readonly string[],
  now: Date,
): Promise<void> {
  await queryOnce(trx, apiTokens.update({ revoked_at: now }, sql`id IN (${ids})`));
}

/** The user chose the names, so they are deleted with the user. */
export async function forgetApiTokenNames(trx: Transaction, userId: string): Promise<void> {
  await queryOnce(trx, apiTokens.update({ name: '' }, sql`user_id = ${userId}`));
}

/** Whether the user's token may be used. The user must be locked. */
export async function lockLiveApiToken(
  trx: Transaction,
  userId: string,
  id: string,
  now: Date,
): Promise<boolean> {
  const token = await queryOnce(
    trx,
    apiTokens.lockOne(sql`id = ${id} AND user_id = ${userId} AND revoked_at IS NULL AND expires_at > ${now}`),
  );
  return token !== null;
}

export interface UsableToken {
  id: string;
  scopes: string;
  expires_at: Date;
  last_used_at: Date | null;
  user_id: string;
  username: string;
  role: Role;
  has_second_factor: 0 | 1;
}

/** A token that is neither revoked nor expired, with its owner, who is active. */
export async function findUsableToken(
  db: Database,
  tokenHash: string,
  now: Date,
): Promise<UsableToken | null> {
  const [token] = await queryOnce(
    db,
    select<UsableToken>(
      sql`SELECT api_tokens.id, api_tokens.scopes, api_tokens.expires_at, api_tokens.last_used_at, api_tokens.user_id,
          users.username, users.role, ${HAS_SECOND_FACTOR} AS has_second_factor
        FROM api_tokens JOIN users ON users.id = api_tokens.user_id
        WHERE api_tokens.token_hash = ${tokenHash} AND users.status = 'active'
          AND api_tokens.revoked_at IS NULL AND api_tokens.expires_at > ${now}`,
    ),
  );
  return token ?? null;
}

export async function markApiTokenUsed(db: Database, id: string, day: Date): Promise<void> {
  await queryOnce(db, apiTokens.update({ last_used_at: day }, sql`id = ${id}`));
}
