import type { Period } from '@guichet/calendar';
import type { Database, Transaction } from '@guichet/database';
import type { Kind, Status } from './kinds.ts';
import type { Operation } from './operation.ts';
import { type OperationRow, toOperation } from './store.ts';

export async function hasWaitingOperations(trx: Transaction, requesterId: string): Promise<boolean> {
  const row = await trx('operations')
    .where('requester_id', requesterId)
    .whereIn('status', ['pending', 'approved'])
    .first('id');
  return row !== undefined;
}

/** Operations whose time is over, a few, the oldest first. */
export async function findOverdue(db: Database, now: Date, limit: number): Promise<string[]> {
  // Read from the index alone, which holds what waits side by side.
  const [rows] = await db.raw(
    `SELECT id FROM operations FORCE INDEX (operations_waiting)
     WHERE status IN ('pending', 'approved') AND expires_at <= ? ORDER BY id LIMIT ?`,
    [now, limit],
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
  statuses?: readonly Status[] | undefined;
  kinds?: readonly Kind[] | undefined;
  accountId?: string | undefined;
  period: Period;
  beforeId?: string | undefined;
  limit: number;
}

/** A page of operations, newest first, with one more than `limit` where there are more. */
export async function listOperations(db: Database, filter: OperationFilter): Promise<Operation[]> {
  const query = db('operations')
    .orderBy('id', 'desc')
    .limit(filter.limit + 1);
  if (filter.requester !== undefined) {
    const column = filter.requester.length === 36 ? 'requester_id' : 'requester_username';
    query.where(column, filter.requester);
  }
  if (filter.statuses !== undefined) query.whereIn('status', filter.statuses);
  if (filter.kinds !== undefined) query.whereIn('type', filter.kinds);
  const { accountId } = filter;
  if (accountId !== undefined) {
    query.where((any) =>
      any
        .where('account_id', accountId)
        .orWhere('from_account_id', accountId)
        .orWhere('to_account_id', accountId),
    );
  }
  if (filter.period.from !== null) query.where('created_at', '>=', filter.period.from);
  if (filter.period.to !== null) query.where('created_at', '<', filter.period.to);
  if (filter.beforeId !== undefined) query.where('id', '<', filter.beforeId);
  const rows: OperationRow[] = await query;
  return rows.map(toOperation);
}

/** The operations of one kind that wait. */
export interface WaitingOfKind {
  kind: Kind;
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
    type: Kind;
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
