import type { Database, Transaction } from '@guichet/database';

export interface FailedAttempts {
  failures: number;
  last_failed_at: Date;
  locked_until: Date | null;
}

export async function readFailures(db: Database, nameHash: string): Promise<FailedAttempts | null> {
  return (await db('failed_attempts').where({ name_hash: nameHash }).first()) ?? null;
}

/** Locks the row, where there is one. */
export async function lockFailures(trx: Transaction, nameHash: string): Promise<FailedAttempts | null> {
  return (await trx('failed_attempts').where({ name_hash: nameHash }).forUpdate().first()) ?? null;
}

/** Makes sure of a row and locks it, so that two first failures at once are counted as two. */
export async function lockOrCreateFailures(
  trx: Transaction,
  nameHash: string,
  now: Date,
): Promise<FailedAttempts> {
  await trx.raw(
    `INSERT INTO failed_attempts (name_hash, failures, last_failed_at) VALUES (?, 0, ?)
     ON DUPLICATE KEY UPDATE failures = failures`,
    [nameHash, now],
  );
  return (await lockFailures(trx, nameHash)) as FailedAttempts;
}

export async function writeFailures(
  trx: Transaction,
  nameHash: string,
  attempts: FailedAttempts,
): Promise<void> {
  await trx('failed_attempts').where({ name_hash: nameHash }).update(attempts);
}

export async function deleteFailures(trx: Transaction, nameHash: string): Promise<void> {
  await trx('failed_attempts').where({ name_hash: nameHash }).delete();
}

export async function deleteStaleFailures(db: Database, before: Date, limit: number): Promise<number> {
  return db('failed_attempts').where('last_failed_at', '<', before).limit(limit).delete();
}
