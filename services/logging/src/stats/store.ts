import type { Database, Transaction } from '@guichet/database';
import type { LogLevel } from '@guichet/events';
import type { LogFilter } from '../entries/filter.ts';
import { matching } from '../entries/store.ts';
import type { SlotCount } from './rules.ts';

export interface KindCount {
  readonly level: LogLevel;
  readonly action: string;
  readonly service: string;
  readonly count: number;
}

/** Runs counts that must agree: all of them see the log as it was at the first. */
export function atOneMoment<Result>(
  db: Database,
  count: (trx: Transaction) => Promise<Result>,
): Promise<Result> {
  return db.transaction(count, { isolationLevel: 'repeatable read' });
}

/** Counts by level, action and service. */
export async function countKinds(trx: Transaction, filter: LogFilter): Promise<KindCount[]> {
  const rows = await matching(trx, filter)
    .groupBy('e.level', 'e.action', 'e.service')
    .select('e.level', 'e.action', 'e.service')
    .count({ count: '*' });
  return rows.map((row: KindCount) => ({ ...row, count: Number(row.count) }));
}

/** Counts by level in slots of whole minutes since 1970; at most `limit` rows. */
export async function countSlots(
  trx: Transaction,
  filter: LogFilter,
  slotMinutes: number,
  limit: number,
): Promise<SlotCount[]> {
  const rows: { slot: bigint | number; level: LogLevel; count: bigint | number }[] = await matching(
    trx,
    filter,
  )
    .select(trx.raw("TIMESTAMPDIFF(MINUTE, '1970-01-01', e.time) DIV ? AS slot", [slotMinutes]), 'e.level')
    .count({ count: '*' })
    .groupBy('slot', 'e.level')
    .orderBy('slot')
    .limit(limit);
  return rows.map(({ slot, level, count }) => ({
    slotStart: new Date(Number(slot) * slotMinutes * 60_000),
    level,
    count: Number(count),
  }));
}
