import { DECISION_ACTIONS } from '@guichet/contract/events';
import {
  allOf,
  change,
  constant,
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
import { isAgentsDecision, matching, type StoredEntry } from '../entries/store.ts';
import type { SequenceRange } from '../search/rules.ts';
import { type BucketNumbers, isOfHours, numberOf } from './bucket-numbers-store.ts';
import {
  ADDED_QUARTERS,
  COUNTED_QUARTERS,
  countAt,
  HOUR_OF_ENTRY,
  type HourSpan,
  hourOf,
  isIn,
  noEntries,
  QUARTER_COLUMNS,
  QUARTER_FIELDS,
  QUARTERS,
  type Quarters,
} from './quarters-store.ts';
import { HOUR_MS, MINUTE_MS, QUARTER_MS, type TimeSpan } from './rules.ts';

/** The groups in log_group_counts: decisions by agent, failed sign-ins by network address. */
const GROUP_KINDS = ['decision', 'failed_sign_in'] as const;
export type GroupKind = (typeof GROUP_KINDS)[number];

interface GroupHour extends Quarters {
  kind: GroupKind;
  hour: Date;
  name: string;
}

const logGroupCounts = table<GroupHour>('log_group_counts', {
  kind: 'kind',
  hour: 'hour',
  name: 'name',
  ...QUARTER_COLUMNS,
});

/** The entries that groups are counted in; the stored counts are used for those in `whole`, which consists of whole quarters. */
export interface CountedEntries {
  readonly whole: TimeSpan | null;
  readonly filters: readonly LogFilter[];
  readonly ranges: readonly SequenceRange[] | null;
}

/** Adds entries to the counts of the groups that they belong to. A row needs an entry, so the table never has more rows than the log. */
export function addGroupCounts(entries: readonly StoredEntry[]): Query<void> {
  const counts = new Map<string, GroupHour>();
  for (const entry of entries) {
    const group = groupOf(entry);
    if (group === null) continue;
    const hourMs = hourOf(entry.time);
    const key = JSON.stringify([group.kind, hourMs, group.name]);
    const count = counts.get(key) ?? { ...group, hour: new Date(hourMs), ...noEntries() };
    counts.set(key, count);
    countAt(count, entry.time);
  }
  return logGroupCounts.upsert(
    [...counts.values()],
    ['kind', 'hour', 'name', ...QUARTER_FIELDS],
    ADDED_QUARTERS,
  );
}

function groupOf({ action, actor, address }: StoredEntry): Pick<GroupHour, 'kind' | 'name'> | null {
  if (address !== null) return { kind: 'failed_sign_in', name: address };
  const isDecision = actor?.role === 'agent' && DECISION_ACTIONS.includes(action);
  return isDecision ? { kind: 'decision', name: actor.id } : null;
}

/** How many entries a group has; `bucket` is the number of a bucket, or 0 if groups are counted without regard to time. */
export interface GroupSum {
  readonly name: string;
  readonly bucket: number;
  readonly count: number;
}

/**
 * Counts the groups of a kind: the stored counts of a span of whole quarters, and the entries that match the filters; by bucket if the buckets are numbered. The database adds
 * them up, because a flood may come from more addresses than this process could hold, and agents decide in many hours. @returns the `limit` groups with the most, equal ones by name and bucket
 */
export function countGroups(
  kind: GroupKind,
  { whole, filters, ranges }: CountedEntries,
  { numbers, limit }: { numbers: BucketNumbers | null; limit: number },
): Query<GroupSum[]> {
  const numbered = (minutes: Sql): Sql => (numbers === null ? sql`0` : numberOf(minutes, numbers));
  const { name, isMember } = columnsOf(kind);
  const counted = filters.map((filter) => {
    const { tables, where } = matching(filter, ranges);
    return sql`SELECT ${name} AS name, ${numbered(minutesAt(sql`log_entries.time`))} AS bucket, COUNT(*) AS number
      FROM ${tables} WHERE ${allOf(where, isMember)} GROUP BY name, bucket`;
  });
  if (whole !== null) {
    const quarters = quartersWithin(whole);
    const perHour = numbers === null || isOfHours(numbers) ? [join(quarters, sql` + `)] : quarters;
    for (const [index, number] of perHour.entries()) {
      const minutes = sql`${minutesAt(sql`hour`)} + ${(index * QUARTER_MS) / MINUTE_MS}`;
      counted.push(
        sql`SELECT name, ${numbered(minutes)} AS bucket, ${number} AS number FROM log_group_counts WHERE ${inHoursOf(kind, whole)}`,
      );
    }
  }
  if (counted.length === 0) return constant([]);
  return select(
    sql`SELECT name, bucket, SUM(number) AS count FROM (${join(counted, sql` UNION ALL `)}) AS counted
      GROUP BY name, bucket HAVING count > 0 ORDER BY count DESC, name, bucket LIMIT ${limit}`,
    (rows: { name: string; bucket: bigint | number; count: bigint | number | string }[]) =>
      rows.map(({ name, bucket, count }) => ({ name, bucket: Number(bucket), count: Number(count) })),
  );
}

function minutesAt(time: Sql): Sql {
  return sql`TIMESTAMPDIFF(MINUTE, '1970-01-01', ${time})`;
}

function inHoursOf(kind: GroupKind, { from, to }: TimeSpan): Sql {
  return allOf(
    sql`kind = ${kind}`,
    from === null ? undefined : sql`hour > ${new Date(from.getTime() - HOUR_MS)}`,
    to === null ? undefined : sql`hour < ${to}`,
  );
}

/** The quarters of a row, or 0 for those outside a span. */
function quartersWithin({ from, to }: TimeSpan): Sql[] {
  return QUARTERS.map((column, index) => {
    const hourFor = (time: Date) => new Date(time.getTime() - index * QUARTER_MS);
    const within = allOf(
      from === null ? undefined : sql`hour >= ${hourFor(from)}`,
      to === null ? undefined : sql`hour < ${hourFor(to)}`,
    );
    return sql`IF(${within}, ${column}, 0)`;
  });
}

/** Counts the entries that match a filter by who acted; the `limit` users with the most. */
export function countActors(
  filter: LogFilter,
  ranges: readonly SequenceRange[] | null,
  limit: number,
): Query<{ key: string; count: number }[]> {
  const { tables, where } = matching(filter, ranges);
  return select(
    sql`SELECT log_entries.actor_id AS name, COUNT(*) AS count FROM ${tables}
      WHERE ${allOf(where, sql`log_entries.actor_id IS NOT NULL`)} GROUP BY name ORDER BY count DESC, name LIMIT ${limit}`,
    (rows: { name: string; count: bigint }[]) =>
      rows.map(({ name, count }) => ({ key: name, count: Number(count) })),
  );
}

function columnsOf(kind: GroupKind): { name: Sql; isMember: Sql } {
  return kind === 'decision'
    ? { name: sql`log_entries.actor_id`, isMember: isAgentsDecision }
    : { name: sql`log_entries.address`, isMember: sql`log_entries.address IS NOT NULL` };
}

/**
 * The first hour of a span in which a group has another number than its entries; null if all agree. The database compares them, because a flood may come
 * from more addresses than this process could hold.
 */
export function findMiscountedGroup({ from, through }: HourSpan): Query<Date | null> {
  const counted = (kind: GroupKind): Sql => {
    const { name, isMember } = columnsOf(kind);
    return sql`SELECT ${kind}, ${HOUR_OF_ENTRY} AS started, ${name} AS name, ${COUNTED_QUARTERS} FROM log_entries
      WHERE log_entries.time BETWEEN ${from} AND ${through} AND ${isMember} GROUP BY started, name`;
  };
  const sides = [
    sql`SELECT kind, hour, name, ${join(QUARTERS, sql`, `)} FROM log_group_counts WHERE hour BETWEEN ${from} AND ${through}`,
    ...GROUP_KINDS.map(counted),
  ];
  const differ = QUARTERS.map((column) => sql`MIN(${column}) <> MAX(${column})`);
  return select(
    sql`SELECT hour FROM (${join(sides, sql` UNION ALL `)}) AS sides
      GROUP BY kind, hour, name HAVING COUNT(*) <> 2 OR ${join(differ, sql` OR `)} ORDER BY hour LIMIT 1`,
    ([row]: { hour: Date }[]) => row?.hour ?? null,
  );
}

/** Replaces the counts of some hours by those of the entries that the log has now; for the migration user. */
export function countGroupHoursAgain(hours: readonly Date[]): TransactionQuery<number>[] {
  const counted = (kind: GroupKind) => {
    const { name, isMember } = columnsOf(kind);
    return inTransaction(
      change(
        sql`INSERT INTO log_group_counts SELECT ${kind}, ${HOUR_OF_ENTRY} AS started, ${name} AS name, ${COUNTED_QUARTERS}
          FROM log_entries WHERE ${allOf(isIn(hours), isMember)} GROUP BY started, name`,
      ),
    );
  };
  return [
    inTransaction(logGroupCounts.delete(sql`kind IN (${GROUP_KINDS}) AND hour IN (${hours})`)),
    ...GROUP_KINDS.map(counted),
  ];
}
