import { queryOnce, sql, type Transaction, table } from '@guichet/database';

/** A payment that a passkey confirmed. */
export interface StepUpRow {
  token_hash: string;
  user_id: string;
  /** The session in which it was confirmed. */
  session_id: string;
  passkey_id: string;
  /** Minor units. */
  amount: bigint;
  currency: string;
  /** Normalized. */
  iban: string;
  expires_at: Date;
}

const stepUps = table<StepUpRow>('step_ups', {
  token_hash: 'token_hash',
  user_id: 'user_id',
  session_id: 'session_id',
  passkey_id: 'passkey_id',
  amount: 'amount',
  currency: 'currency',
  iban: 'iban',
  expires_at: 'expires_at',
});

export async function insertStepUp(trx: Transaction, stepUp: StepUpRow): Promise<void> {
  await queryOnce(trx, stepUps.insert([stepUp]));
}

/** Consumes a confirmation of the user, whatever follows. The user must be locked. @returns null if it is unknown or has expired */
export async function takeStepUp(
  trx: Transaction,
  userId: string,
  tokenHash: string,
  now: Date,
): Promise<StepUpRow | null> {
  const mine = sql`token_hash = ${tokenHash} AND user_id = ${userId}`;
  const found = await queryOnce(trx, stepUps.lockOne(mine));
  if (found === null) return null;
  await queryOnce(trx, stepUps.delete(mine));
  return found.expires_at > now ? found : null;
}

export async function deleteExpiredStepUps(trx: Transaction, now: Date, limit: number): Promise<number> {
  return queryOnce(trx, stepUps.delete(sql`expires_at < ${now} LIMIT ${limit}`));
}
