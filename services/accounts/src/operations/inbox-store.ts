import { type OperationKind, THE_BANK } from '@guichet/contract';
import {
  allOf,
  type Database,
  firstIdOf,
  identifier,
  isUuid,
  join,
  queryOnce,
  type Readable,
  type Sql,
  select,
  sql,
  type Transaction,
  uuid,
  uuids,
} from '@guichet/database';
import { HOLDING_KINDS } from './kinds/index.ts';
import { OPEN_STATUSES } from './life.ts';
import type { Operation } from './operation.ts';
import { isNarrow, type OperationFilter, type Path, pathsOfSearch, pathsTo } from './paths-store.ts';
import { COMPARED_MAX, findsOperation, prepareSearch, SEARCHED_TABLES } from './search-store.ts';
import { operations, toOperation } from './store.ts';

/** Whether a user has operations that wait for a decision or for their day. */
export async function hasOpenOperations(trx: Transaction, requesterId: string): Promise<boolean> {
  const waiting = operations.find(sql`requester_id = ${uuid(requesterId)} AND status IN (${OPEN_STATUSES})`);
  return (await queryOnce(trx, waiting)) !== null;
}

/** Overdue operations, at most `limit`, oldest first, after `afterId` if it is given. */
export async function findOverdue(
  db: Database,
  now: Date,
  { afterId, limit }: { afterId: string | null; limit: number },
): Promise<string[]> {
  const follows = afterId === null ? sql`1 = 1` : sql`id > ${uuid(afterId)}`;
  // Read only from the index, in which the waiting operations are adjacent.
  const overdue = select<{ id: string }>(
    sql`SELECT id FROM operations FORCE INDEX (operations_waiting)
     WHERE status IN ('pending', 'approved') AND ${follows} AND expires_at <= ${now} ORDER BY id LIMIT ${limit}`,
  );
  return (await queryOnce(db, overdue)).map(({ id }) => id);
}

export async function findOperation(db: Database, id: string): Promise<Operation | null> {
  const row = await queryOnce(db, operations.find(sql`id = ${uuid(id)}`));
  return row === null ? null : toOperation(row);
}

/** The maximum by which a process's clock may be set back while it runs; its ids do not go back in time. */
const CLOCK_SLACK_MS = 3_600_000;

/**
 * A page of operations, with one more than `limit` if there are more. Read along one index in the order of the page, so that the cost does not depend
 * on the number of operations; without this, the server might read all of them.
 * @returns also the time since which a text was looked for, if only the newest operations were compared with it
 */
export async function listOperations(
  db: Readable,
  filter: OperationFilter,
  comparedMax = COMPARED_MAX,
): Promise<{ page: Operation[]; searchedFrom: Date | null }> {
  const requesterIds = filter.requester === undefined ? null : await idsOf(db, filter.requester);
  const search =
    filter.text === undefined || isNarrow(filter, requesterIds)
      ? null
      : await prepareSearch(db, filter.text, filter.period, comparedMax);
  const paths = search === null ? pathsTo(filter, requesterIds) : pathsOfSearch(search, filter.text ?? '');
  const page = await readAlong(db, paths, filter, requesterIds);
  return { page, searchedFrom: search?.oldest?.createdAt ?? null };
}

async function readAlong(
  db: Readable,
  paths: readonly Path[],
  filter: OperationFilter,
  requesterIds: string[] | null,
): Promise<Operation[]> {
  const pages = paths.map((path) => pageAlong(path, filter, requesterIds));
  const [first] = pages;
  if (first === undefined) return [];
  const page =
    pages.length === 1
      ? first
      : sql`SELECT * FROM (${join(
          pages.map((one) => sql`(${one})`),
          sql` UNION `,
        )}) AS page ${inOrder(filter, sql`id`)}`;
  const rows = await queryOnce(db, select<Parameters<typeof toOperation>[0]>(page));
  return rows.map((row) => toOperation(operations.read(row)));
}

/** The user with that id, or those with that username; or the bank itself. */
async function idsOf(db: Readable, requester: string): Promise<string[]> {
  if (isUuid(requester)) return [requester];
  if (requester === THE_BANK.username) return [THE_BANK.id];
  const named = select<{ id: string }>(sql`SELECT id FROM people WHERE username = ${requester}`);
  return (await queryOnce(db, named)).map(({ id }) => id);
}

function pageAlong(
  { indexes, where, hasText = false }: Path,
  filter: OperationFilter,
  requesterIds: string[] | null,
): Sql {
  const { statuses, kinds, accountId, ids, period, order, afterId } = filter;
  const text = hasText ? undefined : filter.text;
  const conditions = allOf(
    where,
    ids === undefined ? undefined : sql`operations.id IN (${uuids(ids)})`,
    ids === undefined || requesterIds === null ? undefined : sql`requester_id IN (${uuids(requesterIds)})`,
    statuses === undefined ? undefined : sql`operations.status IN (${statuses})`,
    kinds === undefined ? undefined : sql`operations.type IN (${kinds})`,
    accountId === undefined || requesterIds === null
      ? undefined
      : sql`account_id = ${uuid(accountId)} OR to_account_id = ${uuid(accountId)}`,
    filter.minAmountMinor === undefined ? undefined : sql`operations.amount >= ${filter.minAmountMinor}`,
    filter.maxAmountMinor === undefined ? undefined : sql`operations.amount <= ${filter.maxAmountMinor}`,
    text === undefined ? undefined : findsOperation(text, filter.viewer),
    // Ids begin with their time, and every index is ordered by them.
    period.from === null
      ? undefined
      : sql`operations.created_at >= ${period.from} AND operations.id >= ${uuid(firstIdOf(period.from))}`,
    period.to === null
      ? undefined
      : sql`operations.created_at < ${period.to}
          AND operations.id < ${uuid(firstIdOf(new Date(period.to.getTime() + CLOCK_SLACK_MS)))}`,
    afterId === undefined
      ? undefined
      : order === 'newest'
        ? sql`operations.id < ${uuid(afterId)}`
        : sql`operations.id > ${uuid(afterId)}`,
  );
  const forced = join(indexes.map(identifier), sql`, `);
  return sql`SELECT ${operations.columns} FROM operations FORCE INDEX (${forced}) ${text === undefined ? sql`` : SEARCHED_TABLES}
    WHERE ${conditions} ${inOrder(filter, sql`operations.id`)}`;
}

function inOrder({ order, limit }: OperationFilter, id: Sql): Sql {
  return order === 'newest'
    ? sql`ORDER BY ${id} DESC LIMIT ${limit + 1}`
    : sql`ORDER BY ${id} ASC LIMIT ${limit + 1}`;
}

/** The waiting operations of one kind. */
export interface WaitingOfKind {
  kind: OperationKind;
  count: number;
  oldest: Date | null;
  /** Those that hold money, and the time of the oldest. */
  holds: number;
  oldestHold: Date | null;
  /** Those that are overdue at `now`. */
  overdue: number;
}

const IS_HELD = sql`(type IN (${HOLDING_KINDS}) AND account_id IS NOT NULL AND execute_on IS NULL)`;

/** The number of waiting operations by kind, and the time of the oldest; kinds without any are left out. */
export async function measureWaitingOperations(db: Database, now: Date): Promise<WaitingOfKind[]> {
  const rows = await queryOnce(
    db,
    select<{
      kind: OperationKind;
      count: bigint;
      oldest: Date;
      holds: string;
      oldestHold: Date | null;
      overdue: string;
    }>(
      sql`SELECT type AS kind, COUNT(*) AS count, MIN(created_at) AS oldest, SUM(${IS_HELD}) AS holds,
         MIN(CASE WHEN ${IS_HELD} THEN created_at END) AS oldestHold, SUM(expires_at <= ${now}) AS overdue
       FROM operations WHERE status IN ('pending', 'approved') GROUP BY type`,
    ),
  );
  return rows.map(({ count, holds, overdue, ...row }) => ({
    ...row,
    count: Number(count),
    holds: Number(holds),
    overdue: Number(overdue),
  }));
}
