import { type Query, queryOnce, select, sql, type Transaction, table } from '@guichet/database';

export interface TotpRow {
  user_id: string;
  secret_sealed: string;
  created_at: Date;
  confirmed_at: Date | null;
  /** The last 30-second period whose code was used. */
  last_step: bigint | null;
}

const totpSecrets = table<TotpRow>('totp_secrets', {
  user_id: 'user_id',
  secret_sealed: 'secret_sealed',
  created_at: 'created_at',
  confirmed_at: 'confirmed_at',
  last_step: 'last_step',
});

const recoveryCodes = table<{ user_id: string; code_hash: string }>('recovery_codes', {
  user_id: 'user_id',
  code_hash: 'code_hash',
});

export async function lockTotp(trx: Transaction, userId: string): Promise<TotpRow | null> {
  return queryOnce(trx, totpSecrets.lockOne(sql`user_id = ${userId}`));
}

/** Replaces a secret that was not confirmed. */
export async function replaceTotp(
  trx: Transaction,
  userId: string,
  secretSealed: string,
  now: Date,
): Promise<void> {
  await queryOnce(trx, totpSecrets.delete(sql`user_id = ${userId}`));
  const secret = { user_id: userId, secret_sealed: secretSealed, created_at: now };
  await queryOnce(trx, totpSecrets.insert([secret], ['user_id', 'secret_sealed', 'created_at']));
}

export async function confirmTotp(trx: Transaction, userId: string, step: number, now: Date): Promise<void> {
  const confirmed = { confirmed_at: now, last_step: BigInt(step) };
  await queryOnce(trx, totpSecrets.update(confirmed, sql`user_id = ${userId}`));
}

export async function markStepUsed(trx: Transaction, userId: string, step: number): Promise<void> {
  await queryOnce(trx, totpSecrets.update({ last_step: BigInt(step) }, sql`user_id = ${userId}`));
}

export async function replaceRecoveryCodes(
  trx: Transaction,
  userId: string,
  codeHashes: readonly string[],
): Promise<void> {
  await queryOnce(trx, recoveryCodes.delete(sql`user_id = ${userId}`));
  await queryOnce(trx, recoveryCodes.insert(codeHashes.map((code_hash) => ({ user_id: userId, code_hash }))));
}

/** Uses a recovery code up. @returns false if it is not one of the user's, or was used before */
export async function takeRecoveryCode(trx: Transaction, userId: string, codeHash: string): Promise<boolean> {
  const deleted = await queryOnce(
    trx,
    recoveryCodes.delete(sql`user_id = ${userId} AND code_hash = ${codeHash}`),
  );
  return deleted === 1;
}

export function countRecoveryCodes(userId: string): Query<number> {
  return select(
    sql`SELECT COUNT(*) AS count FROM recovery_codes WHERE user_id = ${userId}`,
    ([row]: { count: bigint }[]) => Number(row?.count ?? 0),
  );
}

export async function deleteTotp(trx: Transaction, userId: string): Promise<void> {
  await queryOnce(trx, totpSecrets.delete(sql`user_id = ${userId}`));
}

export async function deleteRecoveryCodes(trx: Transaction, userId: string): Promise<void> {
  await queryOnce(trx, recoveryCodes.delete(sql`user_id = ${userId}`));
}

/** Deletes secrets that were never confirmed. */
export async function deleteUnconfirmed(trx: Transaction, before: Date, limit: number): Promise<number> {
  return queryOnce(
    trx,
    totpSecrets.delete(sql`confirmed_at IS NULL AND created_at < ${before} LIMIT ${limit}`),
  );
}
