import { type Database, queryOnce, sql, type Transaction, table } from '@guichet/database';

export interface FailedAttempts {
  failures: number;
  last_failed_at: Date;
  locked_until: Date | null;
  /** 1 once a refused attempt of this lock was logged. */
  refusal_logged: 0 | 1;
}

const failedAttempts = table<FailedAttempts & { name_hash: string }>('failed_attempts', {
  name_hash: 'name_hash',
  failures: 'failures',
  last_failed_at: 'last_failed_at',
  locked_until: 'locked_until',
  refusal_logged: 'refusal_logged',
});

export async function readFailures(db: Database, nameHash: string): Promise<FailedAttempts | null> {
  return queryOnce(db, failedAttempts.find(sql`name_hash = ${nameHash}`));
}

/** Locks the row, if there is one. */
export async function lockFailures(trx: Transaction, nameHash: string): Promise<FailedAttempts | null> {
  return queryOnce(trx, failedAttempts.lockOne(sql`name_hash = ${nameHash}`));
}

/** Creates the row if needed and locks it, so that two first failures at once are counted as two. */
export async function lockOrCreateFailures(
  trx: Transaction,
  nameHash: string,
  now: Date,
): Promise<FailedAttempts> {
  const fresh = { name_hash: nameHash, failures: 0, last_failed_at: now };
  await queryOnce(
    trx,
    failedAttempts.upsert([fresh], ['name_hash', 'failures', 'last_failed_at'], sql`failures = failures`),
  );
  return (await lockFailures(trx, nameHash)) as FailedAttempts;
}

export async function writeFailures(
  trx: Transaction,
  nameHash: string,
  { failures, last_failed_at, locked_until, refusal_logged }: FailedAttempts,
): Promise<void> {
  await queryOnce(
    trx,
    failedAttempts.update(
      { failures, last_failed_at, locked_until, refusal_logged },
      sql`name_hash = ${nameHash}`,
    ),
  );
}

export async function deleteFailures(trx: Transaction, nameHash: string): Promise<void> {
  await queryOnce(trx, failedAttempts.delete(sql`name_hash = ${nameHash}`));
}

export async function deleteStaleFailures(trx: Transaction, before: Date, limit: number): Promise<number> {
  return queryOnce(trx, failedAttempts.delete(sql`last_failed_at < ${before} LIMIT ${limit}`));
}
