import type { LogLevel } from '@guichet/contract';
import { actionsOfOutcome, type LogFamily } from '@guichet/contract/events';
import {
  allOf,
  change,
  inTransaction,
  join,
  type Query,
  type Sql,
  select,
  sql,
  type TransactionQuery,
  table,
} from '@guichet/database';
import type { LogFilter } from '../entries/filter.ts';
import type { StoredEntry } from '../entries/store.ts';
import { hasTopic } from '../entries/topic-store.ts';
import {
  ADDED_QUARTERS,
  COUNTED_QUARTERS,
  countAt,
  HOUR_OF_ENTRY,
  type HourSpan,
  hourOf,
  isIn,
  type KeyedCounts,
  keyCounted,
  keyStored,
  noEntries,
  QUARTER_COLUMNS,
  QUARTER_FIELDS,
  QUARTERS,
  type Quarters,
} from './quarters-store.ts';
import { HOUR_MS, isWithin, type KindCount, QUARTER_MS, type SlotCount, type TimeSpan } from './rules.ts';

/** The numbers of entries of one kind in the quarters of an hour. */
interface HourCount extends Quarters {
  hour: Date;
  level: LogLevel;
  service: string;
  action: string;
  family: LogFamily | null;
}

const logCounts = table<HourCount>('log_counts', {
  hour: 'hour',
  level: 'level',
  service: 'service',
  action: 'action',
  family: 'family',
  ...QUARTER_COLUMNS,
});

/** Adds entries to the counts of their hours. */
export function addCounts(entries: readonly StoredEntry[]): Query<void> {
  const counts = new Map<string, HourCount>();
  for (const { time, level, service, action, family } of entries) {
    const hourMs = hourOf(time);
    const key = keyOf(hourMs, { level, service, action, family });
    let count = counts.get(key);
    if (count === undefined) {
      count = { hour: new Date(hourMs), level, service, action, family, ...noEntries() };
      counts.set(key, count);
    }
    countAt(count, time);
  }
  return logCounts.upsert(
    [...counts.values()],
    ['hour', 'level', 'service', 'action', 'family', ...QUARTER_FIELDS],
    ADDED_QUARTERS,
  );
}

/** Counts by level, action and service in a span of whole quarters. */
export function sumKinds(filter: LogFilter, span: TimeSpan): Query<KindCount[]> {
  const counted = sql`level, action, service`;
  const counts = QUARTERS.map((column, index) => {
    // The quarter begins this much later than its hour.
    const laterMs = index * QUARTER_MS;
    const inSpan = allOf(
      span.from === null ? undefined : sql`hour >= ${new Date(span.from.getTime() - laterMs)}`,
      span.to === null ? undefined : sql`hour < ${new Date(span.to.getTime() - laterMs)}`,
    );
    return sql`IF(${inSpan}, ${column}, 0)`;
  });
  return select(
    sql`SELECT ${counted}, SUM(${join(counts, sql` + `)}) AS count FROM log_counts WHERE ${countedBy(filter, span)} GROUP BY ${counted}`,
    (rows: KindCount[]) =>
      rows.map((row) => ({ ...row, count: Number(row.count) })).filter(({ count }) => count > 0),
  );
}

type HourSums = Record<(typeof QUARTER_FIELDS)[number], string> & { hour: Date; level: LogLevel };

/** Counts by level in the quarters of a span of whole quarters, in order of time; of at most `limit` hours and levels. */
export function sumQuarters(filter: LogFilter, span: TimeSpan, limit: number): Query<SlotCount[]> {
  return select(
    sql`SELECT hour, level, SUM(quarter_1) AS quarter1, SUM(quarter_2) AS quarter2, SUM(quarter_3) AS quarter3, SUM(quarter_4) AS quarter4
      FROM log_counts WHERE ${countedBy(filter, span)} GROUP BY hour, level ORDER BY hour, level LIMIT ${limit}`,
    (rows: HourSums[]) =>
      QUARTER_FIELDS.flatMap((field, index) =>
        rows.map((row) => ({
          slotStart: new Date(row.hour.getTime() + index * QUARTER_MS),
          level: row.level,
          count: Number(row[field]),
        })),
      )
        .filter(({ slotStart, count }) => count > 0 && isWithin(slotStart, span))
        .sort((a, b) => a.slotStart.getTime() - b.slotStart.getTime()),
  );
}

/** The rows whose hours overlap the span, of the kinds that the filter names. */
function countedBy(
  { level, service, action, actions, family, topic, outcome }: LogFilter,
  { from, to }: TimeSpan,
): Sql {
  return allOf(
    from === null ? undefined : sql`hour > ${new Date(from.getTime() - HOUR_MS)}`,
    to === null ? undefined : sql`hour < ${to}`,
    level === null ? undefined : sql`level = ${level}`,
    service === null ? undefined : sql`service = ${service}`,
    action === null ? undefined : sql`action = ${action}`,
    actions === null ? undefined : sql`action IN (${actions})`,
    family === null ? undefined : sql`family = ${family}`,
    topic === null ? undefined : hasTopic(topic, sql`action`),
    outcome === null ? undefined : sql`action IN (${actionsOfOutcome(outcome)})`,
  );
}

/** The stored counts of the hours in a span, by quarter and kind. */
export function readCounts({ from, through }: HourSpan): Query<KeyedCounts> {
  return logCounts.select(sql`hour BETWEEN ${from} AND ${through}`).map((rows) => keyStored(rows, keyOf));
}

/** The same, counted from the entries. */
export function countAgain({ from, through }: HourSpan): Query<KeyedCounts> {
  const slot = sql`TIMESTAMPDIFF(MINUTE, '1970-01-01', time) DIV 15`;
  return select(
    sql`SELECT ${slot} AS slot, level, service, action, family, COUNT(*) AS count FROM log_entries
      WHERE time BETWEEN ${from} AND ${through} GROUP BY slot, level, service, action, family`,
    (rows: (Kind & { slot: bigint; count: bigint })[]) => keyCounted(rows, keyOf),
  );
}

/** Replaces the counts of some hours by those of the entries that the log has now; for the migration user. */
export function countHoursAgain(hours: readonly Date[]): TransactionQuery<number>[] {
  return [
    inTransaction(logCounts.delete(sql`hour IN (${hours})`)),
    inTransaction(
      change(
        sql`INSERT INTO log_counts SELECT ${HOUR_OF_ENTRY} AS started, level, service, action, MIN(family), ${COUNTED_QUARTERS}
          FROM log_entries WHERE ${isIn(hours)} GROUP BY started, level, service, action`,
      ),
    ),
  ];
}

type Kind = Pick<HourCount, 'level' | 'service' | 'action' | 'family'>;

// The server compares words without their trailing spaces.
function keyOf(slot: number, { level, service, action, family }: Kind): string {
  return [slot, level, service.trimEnd(), action.trimEnd(), family].join('\n');
}
