import { change, constant, type Statement, select } from '@guichet/database';
import type { DaySum } from '../day-sum.ts';

/** The sum that each member sent since their last code. Exact only while the members' rows in `people` are locked. */
export function findSentSums(userIds: Iterable<string>): Statement<Map<string, DaySum>> {
  const wanted = [...new Set(userIds)];
  if (wanted.length === 0) return constant(new Map());
  return select(
    'SELECT user_id, day_start, amount FROM sent_sums WHERE user_id IN (?)',
    [wanted],
    (rows: { user_id: string; day_start: Date; amount: bigint }[]) =>
      new Map(rows.map((row) => [row.user_id, { dayStart: row.day_start, amountMinor: row.amount }])),
  );
}

export function writeSentSums(sums: ReadonlyMap<string, DaySum>): Statement<void> {
  if (sums.size === 0) return constant(undefined);
  const rows = [...sums].sort(([a], [b]) => (a < b ? -1 : 1));
  return change(
    `INSERT INTO sent_sums (user_id, day_start, amount) VALUES ${rows.map(() => '(?)').join(', ')}
     ON DUPLICATE KEY UPDATE day_start = VALUES(day_start), amount = VALUES(amount)`,
    rows.map(([userId, { dayStart, amountMinor }]) => [userId, dayStart, amountMinor]),
  );
}
