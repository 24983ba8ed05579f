import { type Database, queryOnce, sql, type Transaction, table } from '@guichet/database';

export interface ChallengeRow {
  id: string;
  /** SHA-256, in hex. */
  challenge_hash: string;
  purpose: 'register' | 'sign_in' | 'step_up';
  /** Null: any user may sign in with it. */
  user_id: string | null;
  /** The session that asked for it; null at sign-in. */
  session_id: string | null;
  /** The payment to confirm. */
  amount: bigint | null;
  currency: string | null;
  iban: string | null;
  expires_at: Date;
}

const challenges = table<ChallengeRow>('webauthn_challenges', {
  id: 'id',
  challenge_hash: 'challenge_hash',
  purpose: 'purpose',
  user_id: 'user_id',
  session_id: 'session_id',
  amount: 'amount',
  currency: 'currency',
  iban: 'iban',
  expires_at: 'expires_at',
});

export async function insertChallenge(db: Database | Transaction, challenge: ChallengeRow): Promise<void> {
  await queryOnce(db, challenges.insert([challenge]));
}

/** Uses a challenge up, whatever follows. @returns null if it is unknown or has expired */
export async function takeChallenge(
  trx: Transaction,
  which: { id: string } | { challenge_hash: string },
  now: Date,
): Promise<ChallengeRow | null> {
  const where = 'id' in which ? sql`id = ${which.id}` : sql`challenge_hash = ${which.challenge_hash}`;
  const found = await queryOnce(trx, challenges.lockOne(where));
  if (found === null) return null;
  await queryOnce(trx, challenges.delete(sql`id = ${found.id}`));
  return found.expires_at > now ? found : null;
}

export async function deleteChallenges(trx: Transaction, userId: string): Promise<void> {
  await queryOnce(trx, challenges.delete(sql`user_id = ${userId}`));
}

export async function deleteExpiredChallenges(trx: Transaction, now: Date, limit: number): Promise<number> {
  return queryOnce(trx, challenges.delete(sql`expires_at < ${now} LIMIT ${limit}`));
}
