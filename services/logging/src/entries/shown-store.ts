import { allOf, identifier, join, queryOnce, type Readable, select, sql } from '@guichet/database';
import type { Bounds } from '../search/seek-ranges.ts';
import type { LogFilter } from './filter.ts';
import { entriesAt, matching, type StoredEntry, selectEntries } from './store.ts';

/** A page of the entries of the filter's `actions`, as a text search reads them. */
export async function readShown(
  db: Readable,
  filter: LogFilter,
  bounds: Bounds,
  limit: number,
): Promise<StoredEntry[]> {
  const { visibleTo, namedUser, concernedUser, actor, operationId, correlationId, traceId } = filter;
  const ofOne = [visibleTo, namedUser, concernedUser, actor, operationId, correlationId, traceId];
  if (filter.actions?.length === 0) return [];
  // Few entries, which are read in order anyway.
  if (ofOne.some((one) => one !== null)) return queryOnce(db, selectEntries(filter, bounds, limit));
  const isOfAll = filter.level === null && filter.service === null;
  const logged = isOfAll ? (filter.actions ?? []) : await queryOnce(db, findLogged(filter));
  const actions = filter.action === null ? logged : logged.filter((one) => one === filter.action);
  if (actions.length === 0) return [];
  // The newest of each action, by its index: for all of them together, a server may read and sort every entry of every action.
  const newest = actions.map((action, index) => {
    const { where } = matching({ ...filter, action, actions: null });
    const { after, before, order } = bounds;
    const inSlice = allOf(
      where,
      after === undefined ? undefined : sql`log_entries.sequence > ${after}`,
      before === undefined ? undefined : sql`log_entries.sequence < ${before}`,
    );
    return sql`SELECT sequence FROM (SELECT sequence FROM log_entries WHERE ${inSlice}
      ORDER BY sequence ${order === 'newest first' ? sql`DESC` : sql`ASC`} LIMIT ${limit}) AS ${identifier(`a${index}`)}`;
  });
  const direction = bounds.order === 'newest first' ? sql`DESC` : sql`ASC`;
  const sequences = await queryOnce(
    db,
    select(
      sql`SELECT sequence FROM (${join(newest, sql` UNION ALL `)}) AS newest ORDER BY sequence ${direction} LIMIT ${limit}`,
      (rows: { sequence: bigint }[]) => rows.map(({ sequence }) => sequence),
    ),
  );
  const entries = await queryOnce(db, entriesAt(sequences));
  return bounds.order === 'newest first' ? entries.toReversed() : entries;
}

/** Which of the filter's actions have entries of its level and service at all. */
function findLogged({ actions, level, service }: LogFilter) {
  const where = allOf(
    sql`action IN (${actions ?? []})`,
    level === null ? undefined : sql`level = ${level}`,
    service === null ? undefined : sql`service = ${service}`,
  );
  return select(sql`SELECT DISTINCT action FROM log_counts WHERE ${where}`, (rows: { action: string }[]) =>
    rows.map((row) => row.action),
  );
}
