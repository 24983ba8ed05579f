import { type Query, sql, table, uuid, uuidColumn } from '@guichet/database';

/** The number of payee checks of a user in one minute; minutes are counted from 1970. */
interface PayeeChecks {
  userId: string;
  minute: number;
  checks: number;
}

const payeeChecks = table<PayeeChecks>('payee_checks', {
  userId: uuidColumn('user_id'),
  minute: 'minute',
  checks: 'checks',
});

/** Counts one check. If the stored minute is later, it comes from a replica whose clock is ahead, and the count continues in it. */
export function addPayeeCheck(userId: string, minute: number): Query<unknown> {
  return payeeChecks.upsert(
    [{ userId, minute, checks: 1 }],
    ['userId', 'minute', 'checks'],
    // Assignments run from left to right, so the count is compared with the stored minute.
    sql`checks = IF(minute < VALUES(minute), 1, checks + 1), minute = GREATEST(minute, VALUES(minute))`,
  );
}

export function findPayeeChecks(userId: string): Query<PayeeChecks | null> {
  return payeeChecks.find(sql`user_id = ${uuid(userId)}`);
}

export function deletePayeeChecks(userId: string): Query<number> {
  return payeeChecks.delete(sql`user_id = ${uuid(userId)}`);
}
