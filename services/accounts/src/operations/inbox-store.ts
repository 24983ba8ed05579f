import type { Period } from '@guichet/calendar';
import type { OperationKind, OperationStatus } from '@guichet/contract';
import { type Database, firstIdOf, type Transaction } from '@guichet/database';
import type { Knex } from 'knex';
import type { Operation } from './operation.ts';
import { type OperationRow, toOperation } from './store.ts';

export async function hasWaitingOperations(trx: Transaction, requesterId: string): Promise<boolean> {
  const row = await trx('operations')
    .where('requester_id', requesterId)
    .whereIn('status', ['pending', 'approved'])
    .first('id');
  return row !== undefined;
}

/** Operations whose time is over, a few, the oldest first, from the one after `afterId` on (all: ''). */
export async function findOverdue(
  db: Database,
  now: Date,
  { afterId, limit }: { afterId: string; limit: number },
): Promise<string[]> {
  // Read from the index alone, which holds what waits side by side.
  const [rows] = await db.raw(
    `SELECT id FROM operations FORCE INDEX (operations_waiting)
     WHERE status IN ('pending', 'approved') AND id > ? AND expires_at <= ? ORDER BY id LIMIT ?`,
    [afterId, now, limit],
  );
  return (rows as { id: string }[]).map(({ id }) => id);
}

export async function findOperation(db: Database, id: string): Promise<Operation | null> {
  const row: OperationRow | undefined = await db('operations').where('id', id).first();
  return row === undefined ? null : toOperation(row);
}

export interface OperationFilter {
  /** Id or username. */
  requester?: string | undefined;
  statuses?: readonly OperationStatus[] | undefined;
  kinds?: readonly OperationKind[] | undefined;
  accountId?: string | undefined;
  period: Period;
  order: Order;
  /** The last of the page before. */
  afterId?: string | undefined;
  limit: number;
}

export const ORDERS = ['newest', 'oldest'] as const;
/** Which comes first. */
type Order = (typeof ORDERS)[number];

/** The time by which a process's clock may have been put back while it ran: its ids stand still meanwhile. */
const CLOCK_SLACK_MS = 3_600_000;

/**
 * A page of operations, with one more than `limit` where there are more. Read along one index, in the order of the page, so
 * that it costs the same however many there are; the server, left to itself, may choose to pass all of them.
 */
export async function listOperations(db: Database, filter: OperationFilter): Promise<Operation[]> {
  const requesterIds = filter.requester === undefined ? null : await idsOf(db, filter.requester);
  const ways = waysTo(filter, requesterIds);
  if (ways.length === 0) return [];
  const pages = ways.map(({ indexes, where }) => {
    const along = db.raw(`operations FORCE INDEX (${indexes.map(() => '??').join(', ')})`, [...indexes]);
    return narrowed(db(along).where(where), filter, requesterIds);
  });
  const page = pages.length === 1 ? pages[0] : db.select('*').from(db.unionAll(pages, true).as('one'));
  const rows: OperationRow[] = await page
    ?.orderBy('id', filter.order === 'newest' ? 'desc' : 'asc')
    .limit(filter.limit + 1);
  return rows.map(toOperation);
}

// Only such text is compared with ids: the server refuses to compare an ASCII column with other characters.
const ID = /^[0-9a-f-]{36}$/;

/** The one person of that id, or those who bear that username. */
async function idsOf(db: Database, requester: string): Promise<string[]> {
  if (ID.test(requester)) return [requester];
  const rows: { id: string }[] = await db('people').where('username', requester).select('id');
  return rows.map(({ id }) => id);
}

interface Way {
  /** More than one where it depends on the values which is shorter; the server knows. */
  indexes: readonly string[];
  where: Record<string, string>;
}

/** The shortest way to what a filter lets through: by whose it is, else by what most of them are not. */
function waysTo({ accountId, statuses, kinds }: OperationFilter, requesterIds: string[] | null): Way[] {
  if (requesterIds !== null) {
    // Somebody may have asked for more than waits in the whole bank.
    const isWaiting = statuses?.every((status) => status === 'pending' || status === 'approved') === true;
    const indexes = isWaiting ? ['operations_requester', 'operations_waiting'] : ['operations_requester'];
    return requesterIds.map((id) => ({ indexes, where: { requester_id: id } }));
  }
  if (accountId !== undefined) {
    return ['account', 'from', 'to'].map((side) => ({
      indexes: [`operations_${side}`],
      where: { [side === 'account' ? 'account_id' : `${side}_account_id`]: accountId },
    }));
  }
  const byStatus = statuses?.map((status) => ({ indexes: ['operations_waiting'], where: { status } }));
  const byKind = kinds?.map((type) => ({ indexes: ['operations_type'], where: { type } }));
  // Most are posted in the end: of a type and posted is found by its type.
  if (byStatus !== undefined && (byKind === undefined || !statuses?.includes('posted'))) return byStatus;
  return byKind ?? [{ indexes: ['PRIMARY'], where: {} }];
}

function narrowed(page: Knex.QueryBuilder, filter: OperationFilter, requesterIds: string[] | null) {
  const { statuses, kinds, accountId, period, order, afterId, limit } = filter;
  if (statuses !== undefined) page.whereIn('status', statuses);
  if (kinds !== undefined) page.whereIn('type', kinds);
  if (accountId !== undefined && requesterIds !== null) {
    page.where((any) =>
      any
        .where('account_id', accountId)
        .orWhere('from_account_id', accountId)
        .orWhere('to_account_id', accountId),
    );
  }
  // Ids tell the time, and every index ends in them.
  if (period.from !== null)
    page.where('created_at', '>=', period.from).where('id', '>=', firstIdOf(period.from));
  if (period.to !== null) {
    const noneAfter = firstIdOf(new Date(period.to.getTime() + CLOCK_SLACK_MS));
    page.where('created_at', '<', period.to).where('id', '<', noneAfter);
  }
  const [along, direction] = order === 'newest' ? (['<', 'desc'] as const) : (['>', 'asc'] as const);
  if (afterId !== undefined) page.where('id', along, afterId);
  return page.orderBy('id', direction).limit(limit + 1);
}

/** The operations of one kind that wait. */
export interface WaitingOfKind {
  kind: OperationKind;
  count: number;
  oldest: Date | null;
  /** Those that reserve money, and since when the oldest does. */
  holds: number;
  oldestHold: Date | null;
  /** Those whose time is over at `now`. */
  overdue: number;
}

/** How many operations wait, of which kind, and since when; a kind of which none waits is left out. */
export async function measureWaitingOperations(db: Database, now: Date): Promise<WaitingOfKind[]> {
  const rows: {
    type: OperationKind;
    n: bigint;
    oldest: Date;
    holds: string;
    oldest_hold: Date | null;
    overdue: string;
  }[] = await db('operations')
    .whereIn('status', ['pending', 'approved'])
    .groupBy('type')
    .select(
      'type',
      db.raw('COUNT(*) AS n'),
      db.raw('MIN(created_at) AS oldest'),
      db.raw('SUM(held_account_id IS NOT NULL) AS holds'),
      db.raw('MIN(CASE WHEN held_account_id IS NOT NULL THEN created_at END) AS oldest_hold'),
      db.raw('SUM(expires_at <= ?) AS overdue', [now]),
    );
  return rows.map((row) => ({
    kind: row.type,
    count: Number(row.n),
    oldest: row.oldest,
    holds: Number(row.holds),
    oldestHold: row.oldest_hold,
    overdue: Number(row.overdue),
  }));
}
