import { type Database, queryOnce, sql, type Transaction, table } from '@guichet/database';

/** A sign-in with the right password that waits for the second factor. Its ticket is stored by its hash only. */
export interface UnfinishedSignIn {
  ticket_hash: string;
  user_id: string;
  /** The trusted device on which the password was given. */
  device_id: string | null;
  /** Wrong codes. */
  failures: number;
  created_at: Date;
  expires_at: Date;
}

const signIns = table<UnfinishedSignIn>('unfinished_sign_ins', {
  ticket_hash: 'ticket_hash',
  user_id: 'user_id',
  device_id: 'device_id',
  failures: 'failures',
  created_at: 'created_at',
  expires_at: 'expires_at',
});

export async function insertSignIn(trx: Transaction, signIn: UnfinishedSignIn): Promise<void> {
  await queryOnce(trx, signIns.insert([signIn]));
}

export async function findSignIn(db: Database, hash: string, now: Date): Promise<UnfinishedSignIn | null> {
  return queryOnce(db, signIns.find(sql`ticket_hash = ${hash} AND expires_at > ${now}`));
}

/** The user must be locked. */
export async function lockSignIn(
  trx: Transaction,
  hash: string,
  now: Date,
): Promise<UnfinishedSignIn | null> {
  return queryOnce(trx, signIns.lockOne(sql`ticket_hash = ${hash} AND expires_at > ${now}`));
}

export async function writeSignInFailures(trx: Transaction, hash: string, failures: number): Promise<void> {
  await queryOnce(trx, signIns.update({ failures }, sql`ticket_hash = ${hash}`));
}

export async function deleteSignIn(trx: Transaction, hash: string): Promise<void> {
  await queryOnce(trx, signIns.delete(sql`ticket_hash = ${hash}`));
}

/** Deletes the unfinished sign-ins of a user. */
export async function deleteSignIns(trx: Transaction, userId: string): Promise<void> {
  await queryOnce(trx, signIns.delete(sql`user_id = ${userId}`));
}

export async function deleteExpiredSignIns(trx: Transaction, now: Date, limit: number): Promise<number> {
  return queryOnce(trx, signIns.delete(sql`expires_at < ${now} LIMIT ${limit}`));
}
