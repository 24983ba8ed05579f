import type { Transaction } from '@guichet/database';
import { problems } from '@guichet/errors';

/** Enough for any form or payroll file; too few to guess names. */
const MOST_PER_MINUTE = 300;
const MINUTE_MS = 60_000;

/**
 * Counts a check of a payee's name, in the database, so that all replicas count together.
 * @throws Problem too_many_requests from the 301st in a minute
 */
export async function countCheck(trx: Transaction, userId: string, now: Date): Promise<void> {
  const minute = Math.floor(now.getTime() / MINUTE_MS);
  // Assignments run from left to right, so the count is compared with the stored minute. A later minute comes from a replica whose clock is
  // ahead, and the count goes on in it.
  await trx.raw(
    `INSERT INTO payee_checks (user_id, minute, checks) VALUES (?, ?, 1)
     ON DUPLICATE KEY UPDATE checks = IF(minute < VALUES(minute), 1, checks + 1), minute = GREATEST(minute, VALUES(minute))`,
    [userId, minute],
  );
  const row: { checks: number } = await trx('payee_checks').where('user_id', userId).first('checks');
  if (row.checks <= MOST_PER_MINUTE) return;
  const secondsLeft = Math.ceil(((minute + 1) * MINUTE_MS - now.getTime()) / 1_000);
  throw problems.too_many_requests(undefined, { headers: { 'Retry-After': String(secondsLeft) } });
}

export async function forgetChecksOf(trx: Transaction, userId: string): Promise<void> {
  await trx('payee_checks').where('user_id', userId).delete();
}
