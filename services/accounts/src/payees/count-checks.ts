import { query, type Transaction } from '@guichet/database';
import { problems } from '@guichet/errors';
import { addPayeeCheck, findPayeeChecks } from './store.ts';

/** Enough for any form or payroll file; too few to guess names. */
export const MOST_PER_MINUTE = 300;
const MINUTE_MS = 60_000;

/**
 * Counts a check of a payee's name, in the database, so that all replicas count together.
 * @throws Problem too_many_requests from the 301st in a minute
 */
export async function countCheck(trx: Transaction, userId: string, now: Date): Promise<void> {
  const minute = Math.floor(now.getTime() / MINUTE_MS);
  const [, row] = await query(trx, addPayeeCheck(userId, minute), findPayeeChecks(userId));
  if (row === null || row.checks <= MOST_PER_MINUTE) return;
  const secondsLeft = Math.ceil(((minute + 1) * MINUTE_MS - now.getTime()) / 1_000);
  throw problems.too_many_requests(undefined, { headers: { 'Retry-After': String(secondsLeft) } });
}
