import { allOf, type Database, flag, json, queryOnce, sql, type Transaction, table } from '@guichet/database';

export interface PasskeyRow {
  id: string;
  user_id: string;
  /** Base64url. */
  credential_id: string;
  /** A COSE key (RFC 9052). */
  public_key: Buffer<ArrayBuffer>;
  /** The authenticator's last signature counter; 0 if it has none. */
  sign_count: number;
  transports: string[];
  /** The authenticator's model. */
  aaguid: string;
  /** Whether it may be copied to other devices, which never changes, and whether it is. */
  backup_eligible: boolean;
  backed_up: boolean;
  name: string;
  created_at: Date;
  last_used_at: Date | null;
}

const passkeys = table<PasskeyRow>('passkeys', {
  id: 'id',
  user_id: 'user_id',
  credential_id: 'credential_id',
  public_key: 'public_key',
  sign_count: 'sign_count',
  transports: json('transports'),
  aaguid: 'aaguid',
  backup_eligible: flag('backup_eligible'),
  backed_up: flag('backed_up'),
  name: 'name',
  created_at: 'created_at',
  last_used_at: 'last_used_at',
});

/** @throws a duplicate key error for `passkeys_credential` */
export async function insertPasskey(trx: Transaction, passkey: PasskeyRow): Promise<void> {
  await queryOnce(trx, passkeys.insert([passkey]));
}

/** Newest first, from below the id `before`. */
export async function listPasskeys(
  db: Database,
  userId: string,
  { limit, before }: { limit: number; before: string | null },
): Promise<PasskeyRow[]> {
  const where = allOf(sql`user_id = ${userId}`, before === null ? undefined : sql`id < ${before}`);
  return queryOnce(db, passkeys.select(sql`${where} ORDER BY id DESC LIMIT ${limit}`));
}

export async function findPasskey(db: Database, credentialId: string): Promise<PasskeyRow | null> {
  return queryOnce(db, passkeys.find(sql`credential_id = ${credentialId}`));
}

/** The user must be locked. */
export async function lockPasskey(trx: Transaction, userId: string, id: string): Promise<PasskeyRow | null> {
  return queryOnce(trx, passkeys.lockOne(sql`id = ${id} AND user_id = ${userId}`));
}

/** The passkeys of a user, who must be locked. */
export async function lockPasskeys(trx: Transaction, userId: string): Promise<PasskeyRow[]> {
  return queryOnce(trx, passkeys.lock(sql`user_id = ${userId} ORDER BY id`));
}

export async function markPasskeyUsed(
  trx: Transaction,
  id: string,
  { sign_count, backed_up, last_used_at }: Pick<PasskeyRow, 'sign_count' | 'backed_up' | 'last_used_at'>,
): Promise<void> {
  await queryOnce(trx, passkeys.update({ sign_count, backed_up, last_used_at }, sql`id = ${id}`));
}

export async function deletePasskey(trx: Transaction, id: string): Promise<void> {
  await queryOnce(trx, passkeys.delete(sql`id = ${id}`));
}

/** Deletes the passkeys that a user, who must be locked, has had since a moment only. @returns how many */
export async function deletePasskeysSince(trx: Transaction, userId: string, since: Date): Promise<number> {
  return queryOnce(trx, passkeys.delete(sql`user_id = ${userId} AND created_at >= ${since}`));
}

/** Deletes the passkeys of a user, and the payments that they confirmed. */
export async function deletePasskeys(trx: Transaction, userId: string): Promise<void> {
  await queryOnce(trx, passkeys.delete(sql`user_id = ${userId}`));
}
