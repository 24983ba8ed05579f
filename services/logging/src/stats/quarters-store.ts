import { anyOf, join, type Sql, sql } from '@guichet/database';
import { HOUR_MS, QUARTER_MS } from './rules.ts';

/** Numbers of entries in the quarters of an hour, as a row of the counts has them. */
export interface Quarters {
  quarter1: number;
  quarter2: number;
  quarter3: number;
  quarter4: number;
}

export const QUARTER_COLUMNS = {
  quarter1: 'quarter_1',
  quarter2: 'quarter_2',
  quarter3: 'quarter_3',
  quarter4: 'quarter_4',
} as const satisfies Record<keyof Quarters, string>;

export const QUARTER_FIELDS = ['quarter1', 'quarter2', 'quarter3', 'quarter4'] as const;
export const QUARTERS = [sql`quarter_1`, sql`quarter_2`, sql`quarter_3`, sql`quarter_4`];

/** For ON DUPLICATE KEY UPDATE: adds the numbers to those that are stored. */
export const ADDED_QUARTERS: Sql = join(
  QUARTERS.map((column) => sql`${column} = ${column} + VALUES(${column})`),
  sql`, `,
);

/** Hours, to the last moment of the last one: the hour after it may have no name, at the end of the calendar. */
export interface HourSpan {
  readonly from: Date;
  readonly through: Date;
}

/** The hour in which an entry was logged. */
export const HOUR_OF_ENTRY = sql`CAST(DATE_FORMAT(log_entries.time, '%Y-%m-%d %H:00:00') AS DATETIME)`;

/** How many of a group of entries each quarter of the hour has. */
export const COUNTED_QUARTERS: Sql = join(
  QUARTERS.map((_, index) => sql`SUM(MINUTE(log_entries.time) DIV 15 = ${index})`),
  sql`, `,
);

/** Whether an entry was logged in one of these hours. */
export function isIn(hours: readonly Date[]): Sql {
  return anyOf(
    ...hours.map(
      (hour) => sql`log_entries.time BETWEEN ${hour} AND ${new Date(hour.getTime() + HOUR_MS - 1)}`,
    ),
  );
}

export const noEntries = (): Quarters => ({ quarter1: 0, quarter2: 0, quarter3: 0, quarter4: 0 });

/** The start of the hour of a time, in milliseconds since 1970. */
export function hourOf(time: Date): number {
  return Math.floor(time.getTime() / HOUR_MS) * HOUR_MS;
}

/** Counts one more entry in its quarter. */
export function countAt(quarters: Quarters, time: Date): void {
  quarters[QUARTER_FIELDS[Math.floor((time.getTime() - hourOf(time)) / QUARTER_MS)] ?? 'quarter1'] += 1;
}

/** Numbers of entries by quarter and whatever else they are counted by. */
export type KeyedCounts = Map<string, { hour: Date; count: number }>;

/** The stored counts; `keyOf` names a row's count in a quarter, numbered since 1970. */
export function keyStored<Row extends Quarters & { hour: Date }>(
  rows: readonly Row[],
  keyOf: (slot: number, row: Row) => string,
): KeyedCounts {
  const counts: KeyedCounts = new Map();
  for (const row of rows) {
    for (const [index, field] of QUARTER_FIELDS.entries()) {
      const slot = row.hour.getTime() / QUARTER_MS + index;
      if (row[field] > 0) counts.set(keyOf(slot, row), { hour: row.hour, count: row[field] });
    }
  }
  return counts;
}

/** The same, from rows that the database has counted by quarter. */
export function keyCounted<Row extends { slot: bigint; count: bigint }>(
  rows: readonly Row[],
  keyOf: (slot: number, row: Row) => string,
): KeyedCounts {
  return new Map(
    rows.map((row) => {
      const hour = new Date(Math.floor((Number(row.slot) * QUARTER_MS) / HOUR_MS) * HOUR_MS);
      return [keyOf(Number(row.slot), row), { hour, count: Number(row.count) }];
    }),
  );
}
