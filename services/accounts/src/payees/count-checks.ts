import { type Query, queryOnce, sql, type Transaction, table } from '@guichet/database';
import { problems } from '@guichet/errors';

/** Enough for any form or payroll file; too few to guess names. */
export const MOST_PER_MINUTE = 300;
const MINUTE_MS = 60_000;

const payeeChecks = table<{ userId: string; minute: number; checks: number }>('payee_checks', {
  userId: 'user_id',
  minute: 'minute',
  checks: 'checks',
});

/**
 * Counts a check of a payee's name, in the database, so that all replicas count together.
 * @throws Problem too_many_requests from the 301st in a minute
 */
export async function countCheck(trx: Transaction, userId: string, now: Date): Promise<void> {
  const minute = Math.floor(now.getTime() / MINUTE_MS);
  // Assignments run from left to right, so the count is compared with the stored minute. A later minute comes from a replica whose clock is
  // ahead, and the count goes on in it.
  await queryOnce(
    trx,
    payeeChecks.upsert(
      [{ userId, minute, checks: 1 }],
      ['userId', 'minute', 'checks'],
      sql`checks = IF(minute < VALUES(minute), 1, checks + 1), minute = GREATEST(minute, VALUES(minute))`,
    ),
  );
  const row = await queryOnce(trx, payeeChecks.find(sql`user_id = ${userId}`));
  if (row === null || row.checks <= MOST_PER_MINUTE) return;
  const secondsLeft = Math.ceil(((minute + 1) * MINUTE_MS - now.getTime()) / 1_000);
  throw problems.too_many_requests(undefined, { headers: { 'Retry-After': String(secondsLeft) } });
}

export function forgetChecksOf(userId: string): Query<number> {
  return payeeChecks.delete(sql`user_id = ${userId}`);
}
