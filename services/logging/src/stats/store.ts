import type { LogLevel } from '@guichet/contract';
import { type Query, select, sql } from '@guichet/database';
import type { LogFilter } from '../entries/filter.ts';
import { matching } from '../entries/store.ts';
import type { SequenceRange } from '../search/rules.ts';
import type { KindCount, SlotCount } from './rules.ts';

/** Counts the entries that match a filter by level, action and service; within `ranges` if they are given. */
export function countKinds(filter: LogFilter, ranges: readonly SequenceRange[] | null): Query<KindCount[]> {
  const { tables, where } = matching(filter, ranges);
  const counted = sql`log_entries.level, log_entries.action, log_entries.service`;
  return select(
    sql`SELECT ${counted}, COUNT(*) AS count FROM ${tables} WHERE ${where} GROUP BY ${counted}`,
    (rows: KindCount[]) => rows.map((row) => ({ ...row, count: Number(row.count) })),
  );
}

/** The same by level in slots of whole minutes since 1970; at most `limit` rows. */
export function countSlots(
  filter: LogFilter,
  ranges: readonly SequenceRange[] | null,
  { slotMinutes, limit }: { slotMinutes: number; limit: number },
): Query<SlotCount[]> {
  const { tables, where } = matching(filter, ranges);
  return select(
    sql`SELECT TIMESTAMPDIFF(MINUTE, '1970-01-01', log_entries.time) DIV ${slotMinutes} AS slot, log_entries.level, COUNT(*) AS count
      FROM ${tables} WHERE ${where} GROUP BY slot, log_entries.level ORDER BY slot LIMIT ${limit}`,
    (rows: { slot: bigint | number; level: LogLevel; count: bigint }[]) =>
      rows.map(({ slot, level, count }) => ({
        slotStart: new Date(Number(slot) * slotMinutes * 60_000),
        level,
        count: Number(count),
      })),
  );
}
