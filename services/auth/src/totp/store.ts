import type { Database, Transaction } from '@guichet/database';

export interface TotpRow {
  user_id: string;
  secret_sealed: string;
  created_at: Date;
  confirmed_at: Date | null;
  /** The last half-minute whose code was taken. */
  last_step: bigint | null;
}

export async function lockTotp(trx: Transaction, userId: string): Promise<TotpRow | null> {
  return (await trx<TotpRow>('totp_secrets').where({ user_id: userId }).forUpdate().first()) ?? null;
}

/** Puts a secret in the place of one that was not confirmed. */
export async function replaceTotp(
  trx: Transaction,
  userId: string,
  secretSealed: string,
  now: Date,
): Promise<void> {
  await trx('totp_secrets').where({ user_id: userId }).delete();
  await trx('totp_secrets').insert({ user_id: userId, secret_sealed: secretSealed, created_at: now });
}

export async function confirmTotp(trx: Transaction, userId: string, step: number, now: Date): Promise<void> {
  await trx('totp_secrets').where({ user_id: userId }).update({ confirmed_at: now, last_step: step });
}

export async function markStepUsed(trx: Transaction, userId: string, step: number): Promise<void> {
  await trx('totp_secrets').where({ user_id: userId }).update({ last_step: step });
}

export async function replaceRecoveryCodes(
  trx: Transaction,
  userId: string,
  codeHashes: readonly string[],
): Promise<void> {
  await trx('recovery_codes').where({ user_id: userId }).delete();
  await trx('recovery_codes').insert(
    codeHashes.map((codeHash) => ({ user_id: userId, code_hash: codeHash })),
  );
}

/** Uses a recovery code up. @returns false where it is not one of the user's, or not any more */
export async function takeRecoveryCode(trx: Transaction, userId: string, codeHash: string): Promise<boolean> {
  return (await trx('recovery_codes').where({ user_id: userId, code_hash: codeHash }).delete()) === 1;
}

export async function deleteSecondFactor(trx: Transaction, userId: string): Promise<void> {
  await trx('totp_secrets').where({ user_id: userId }).delete();
  await trx('recovery_codes').where({ user_id: userId }).delete();
}

/** Forgets secrets that were shown and never confirmed. */
export async function deleteUnconfirmed(db: Database, before: Date, limit: number): Promise<number> {
  return db('totp_secrets').whereNull('confirmed_at').where('created_at', '<', before).limit(limit).delete();
}
