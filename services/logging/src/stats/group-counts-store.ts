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
import { HOUR_MS, isWithin, QUARTER_MS, type TimeSpan } from './rules.ts';

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

/** Entries of one name in a slot of time, as the database counts them. */
export interface NamedSlot {
  readonly slotStart: Date;
  readonly name: string;
  readonly count: number;
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

type HourSums = Record<(typeof QUARTER_FIELDS)[number], number> & { hour: Date; name: string };

/** The counts of a kind in the quarters of a span of whole quarters. */
export function sumGroups(kind: GroupKind, span: TimeSpan, limit: number): Query<NamedSlot[]> {
  return select(
    sql`SELECT hour, name, quarter_1 AS quarter1, quarter_2 AS quarter2, quarter_3 AS quarter3, quarter_4 AS quarter4
      FROM log_group_counts WHERE ${inHoursOf(kind, span)} LIMIT ${limit}`,
    (rows: HourSums[]) =>
      rows.flatMap((row) =>
        QUARTER_FIELDS.map((field, index) => ({
          slotStart: new Date(row.hour.getTime() + index * QUARTER_MS),
          name: row.name,
          count: row[field],
        })).filter(({ slotStart, count }) => count > 0 && isWithin(slotStart, span)),
      ),
  );
}

function inHoursOf(kind: GroupKind, { from, to }: TimeSpan): Sql {
  return allOf(
    sql`kind = ${kind}`,
    from === null ? undefined : sql`hour > ${new Date(from.getTime() - HOUR_MS)}`,
    to === null ? undefined : sql`hour < ${to}`,
  );
}

/**
 * Counts failed sign-ins by network address: the stored counts of a span of whole quarters, and the entries that match the filters. The database adds
 * them up, because a flood may come from more addresses than this process could hold. @returns the `limit` addresses with the most
 */
export function countAddresses(
  whole: TimeSpan | null,
  { filters, ranges }: { filters: readonly LogFilter[]; ranges: readonly SequenceRange[] | null },
  limit: number,
): Query<{ key: string; count: number }[]> {
  const counted = filters.map((filter) => {
    const { tables, where } = matching(filter, ranges);
    return sql`SELECT log_entries.address AS name, COUNT(*) AS number
      FROM ${tables} WHERE ${allOf(where, sql`log_entries.address IS NOT NULL`)} GROUP BY name`;
  });
  if (whole !== null)
    counted.push(
      sql`SELECT name, ${quartersWithin(whole)} AS number FROM log_group_counts WHERE ${inHoursOf('failed_sign_in', whole)}`,
    );
  if (counted.length === 0) return constant([]);
  return select(
    sql`SELECT name, SUM(number) AS count FROM (${join(counted, sql` UNION ALL `)}) AS counted
      GROUP BY name HAVING count > 0 ORDER BY count DESC, name LIMIT ${limit}`,
    (rows: { name: string; count: bigint | number | string }[]) =>
      rows.map(({ name, count }) => ({ key: name, count: Number(count) })),
  );
}

/** The sum of a row's quarters in a span. */
function quartersWithin({ from, to }: TimeSpan): Sql {
  const quarters = QUARTERS.map((column, index) => {
    const hourFor = (time: Date) => new Date(time.getTime() - index * QUARTER_MS);
    const within = allOf(
      from === null ? undefined : sql`hour >= ${hourFor(from)}`,
      to === null ? undefined : sql`hour < ${hourFor(to)}`,
    );
    return sql`IF(${within}, ${column}, 0)`;
  });
  return join(quarters, sql` + `);
}

/** Counts the entries that match a filter by the agent who decided, or by network address, in slots of whole minutes. */
export function countGroups(
  kind: GroupKind,
  filter: LogFilter,
  ranges: readonly SequenceRange[] | null,
  { slotMinutes, limit }: { slotMinutes: number; limit: number },
): Query<NamedSlot[]> {
  const { tables, where } = matching(filter, ranges);
  const { name, isMember } = columnsOf(kind);
  return select(
    sql`SELECT TIMESTAMPDIFF(MINUTE, '1970-01-01', log_entries.time) DIV ${slotMinutes} AS slot, ${name} AS name, COUNT(*) AS count
      FROM ${tables} WHERE ${allOf(where, isMember)} GROUP BY slot, name LIMIT ${limit}`,
    (rows: { slot: bigint | number; name: string; count: bigint }[]) =>
      rows.map(({ slot, name, count }) => ({
        slotStart: new Date(Number(slot) * slotMinutes * 60_000),
        name,
        count: Number(count),
      })),
  );
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
