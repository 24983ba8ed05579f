import type { LogLevel } from '@guichet/contract';
import { type Query, select, sql } from '@guichet/database';
import type { LogFilter } from '../entries/filter.ts';
import { matching } from '../entries/store.ts';
import type { SlotCount } from './rules.ts';

export interface KindCount {
  readonly level: LogLevel;
  readonly action: string;
  readonly service: string;
  readonly count: number;
}

/** Counts by level, action and service. */
export function countKinds(filter: LogFilter): Query<KindCount[]> {
  const { tables, where } = matching(filter);
  const counted = sql`log_entries.level, log_entries.action, log_entries.service`;
  return select(
    sql`SELECT ${counted}, COUNT(*) AS count FROM ${tables} WHERE ${where} GROUP BY ${counted}`,
    (rows: KindCount[]) => rows.map((row) => ({ ...row, count: Number(row.count) })),
  );
}

/** Counts by level in slots of whole minutes since 1970; at most `limit` rows. */
export function countSlots(filter: LogFilter, slotMinutes: number, limit: number): Query<SlotCount[]> {
  const { tables, where } = matching(filter);
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
