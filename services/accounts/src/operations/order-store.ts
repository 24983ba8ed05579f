import type { StandingOrderStatus } from '@guichet/contract';
import {
  allOf,
  constant,
  type Database,
  type Query,
  queryOnce,
  type Read,
  type Readable,
  select,
  sql,
  type TransactionQuery,
  table,
  uuid,
  uuidColumn,
  uuids,
} from '@guichet/database';
import type { Operation } from './operation.ts';
import type { PaymentState, StandingOrder } from './standing-order.ts';

const orders = table<StandingOrder>('standing_orders', {
  id: uuidColumn('id'),
  ownerId: uuidColumn('owner_id'),
  accountId: uuidColumn('account_id'),
  every: 'every',
  firstOn: 'first_on',
  lastOn: 'last_on',
  replacesId: uuidColumn('replaces_id'),
  state: 'state',
  nextNumber: 'next_number',
  nextOn: 'next_on',
  lastOperationId: uuidColumn('last_operation_id'),
  refusal: 'refusal',
});

/** A payment of a standing order. */
export interface Payment {
  standingOrderId: string;
  /** The number of its date. */
  number: number;
  operationId: string;
}

const payments = table<Payment>('standing_order_payments', {
  standingOrderId: uuidColumn('standing_order_id'),
  number: 'number',
  operationId: uuidColumn('operation_id'),
});

export function insertOrders(requested: readonly StandingOrder[]): Query<void> {
  return orders.insert(requested);
}

export function insertPayments(made: readonly Payment[]): Query<void> {
  return payments.insert(made);
}

/** The ids of the operations that request standing orders. */
export function idsOfOrders(operations: Iterable<Pick<Operation, 'id' | 'kind'>>): string[] {
  return [...operations].flatMap(({ id, kind }) => (kind === 'standing_order' ? [id] : []));
}

export function findOrders(ids: readonly string[]): Read<Map<string, StandingOrder>> {
  if (ids.length === 0) return constant(new Map());
  return orders.select(sql`id IN (${uuids(ids)})`).map(byId);
}

/** Locks standing orders, in ascending order of id. Operations and accounts are locked before them. */
export function lockOrders(ids: Iterable<string>): TransactionQuery<Map<string, StandingOrder>> {
  const sorted = [...new Set(ids)].sort();
  if (sorted.length === 0) return constant(new Map());
  return orders.lock(sql`id IN (${uuids(sorted)}) ORDER BY id`).map(byId);
}

/** Locks the standing orders of a user that have not ended. */
export function lockOrdersOf(ownerId: string): TransactionQuery<StandingOrder[]> {
  return orders.lock(
    sql`owner_id = ${uuid(ownerId)} AND state IN ('active', 'paused', 'suspended') ORDER BY id`,
  );
}

/** Locks active standing orders with a date on `through` or earlier, at most `limit`, the earliest dates first. */
export function lockDueOrders(through: string, limit: number): TransactionQuery<StandingOrder[]> {
  return orders.lock(sql`state = 'active' AND next_on <= ${through} ORDER BY next_on, id LIMIT ${limit}`);
}

/** Writes what changes in the life of locked standing orders. */
export function writeOrders(changed: readonly StandingOrder[]): Query<void> {
  return orders.upsert(
    changed,
    [
      'id',
      'ownerId',
      'accountId',
      'every',
      'firstOn',
      'lastOn',
      'replacesId',
      'state',
      'nextNumber',
      'nextOn',
      'lastOperationId',
      'refusal',
    ],
    sql`state = VALUES(state), next_number = VALUES(next_number), next_on = VALUES(next_on),
      last_operation_id = VALUES(last_operation_id), refusal = VALUES(refusal)`,
  );
}

/** The payments of a standing order, the last first, with one more than `limit` if there are more; before a number if it's given. */
export function listPayments(
  standingOrderId: string,
  { before, limit }: { before: number | undefined; limit: number },
): Read<Payment[]> {
  const where = allOf(
    sql`standing_order_id = ${uuid(standingOrderId)}`,
    before === undefined ? undefined : sql`number < ${before}`,
  );
  return payments.select(sql`${where} ORDER BY number DESC LIMIT ${limit + 1}`);
}

/** The standing order of each of these operations that is a payment. */
export function findOrdersOfPayments(operationIds: readonly string[]): Read<Map<string, string>> {
  if (operationIds.length === 0) return constant(new Map());
  return payments
    .select(sql`operation_id IN (${uuids(operationIds)})`)
    .map((rows) => new Map(rows.map((row) => [row.operationId, row.standingOrderId])));
}

/** The states of the last payments of standing orders, by the payment's id. */
export function findPaymentStates(operationIds: readonly string[]): Read<Map<string, PaymentState>> {
  if (operationIds.length === 0) return constant(new Map());
  return select(
    sql`SELECT operations.id, operations.status, due_operations.attempts
      FROM operations LEFT JOIN due_operations ON due_operations.operation_id = operations.id
      WHERE operations.id IN (${uuids(operationIds)})`,
    (rows: (PaymentState & { id: string })[]) =>
      new Map(rows.map(({ id, status, attempts }) => [id, { status, attempts }])),
  );
}

/** The number of standing orders in each state. */
export function countOrders(db: Database): Promise<Map<StandingOrder['state'], number>> {
  return queryOnce(
    db,
    select(
      sql`SELECT state, COUNT(*) AS count FROM standing_orders GROUP BY state`,
      (rows: { state: StandingOrder['state']; count: bigint }[]) =>
        new Map(rows.map(({ state, count }) => [state, Number(count)])),
    ),
  );
}

export interface OrderFilter {
  ownerId?: string | undefined;
  accountId?: string | undefined;
  status?: StandingOrderStatus | undefined;
  afterId?: string | undefined;
  limit: number;
}

/** A page of standing orders, the newest first, with one more than `limit` if there are more. */
export function listOrders(db: Readable, filter: OrderFilter): Promise<StandingOrder[]> {
  const { ownerId, accountId, status, afterId, limit } = filter;
  const where = allOf(
    ownerId === undefined ? undefined : sql`standing_orders.owner_id = ${uuid(ownerId)}`,
    accountId === undefined ? undefined : sql`standing_orders.account_id = ${uuid(accountId)}`,
    status === undefined ? undefined : hasStatus(status),
    afterId === undefined ? undefined : sql`standing_orders.id < ${uuid(afterId)}`,
  );
  return queryOnce(
    db,
    select<StandingOrder>(
      sql`SELECT ${orders.columns} FROM standing_orders JOIN operations ON operations.id = standing_orders.id
        WHERE ${where} ORDER BY standing_orders.id DESC LIMIT ${limit + 1}`,
    ).map((rows) => rows.map((row) => orders.read(row))),
  );
}

function hasStatus(status: StandingOrderStatus) {
  if (status === 'pending')
    return sql`standing_orders.state = 'requested' AND operations.status IN ('pending', 'approved')`;
  if (status === 'rejected')
    return sql`standing_orders.state = 'requested' AND operations.status NOT IN ('pending', 'approved')`;
  return sql`standing_orders.state = ${status}`;
}

function byId(rows: StandingOrder[]): Map<string, StandingOrder> {
  return new Map(rows.map((row) => [row.id, row]));
}
