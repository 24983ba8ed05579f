import { constant, type Query, sql, table, uuid, uuidColumn, uuids } from '@guichet/database';
import type { DaySum } from '../day-sum.ts';

const sentSums = table<DaySum & { userId: string }>('sent_sums', {
  userId: uuidColumn('user_id'),
  dayStart: 'day_start',
  amountMinor: 'amount',
});

/** The sum that each member sent since their last code. Exact only while the members' rows in `people` are locked. */
export function findSentSums(userIds: Iterable<string>): Query<Map<string, DaySum>> {
  const wanted = [...new Set(userIds)];
  if (wanted.length === 0) return constant(new Map());
  return sentSums
    .select(sql`user_id IN (${uuids(wanted)})`)
    .map((rows) => new Map(rows.map(({ userId, ...sum }) => [userId, sum])));
}

export function deleteSentSum(userId: string): Query<number> {
  return sentSums.delete(sql`user_id = ${uuid(userId)}`);
}

export function writeSentSums(sums: ReadonlyMap<string, DaySum>): Query<void> {
  const rows = [...sums].sort(([a], [b]) => (a < b ? -1 : 1));
  return sentSums.upsert(
    rows.map(([userId, sum]) => ({ userId, ...sum })),
    ['userId', 'dayStart', 'amountMinor'],
    sql`day_start = VALUES(day_start), amount = VALUES(amount)`,
  );
}
