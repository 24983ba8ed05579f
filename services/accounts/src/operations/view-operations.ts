import type { Operation as OperationShown } from '@guichet/contract/accounts';
import { queryOnce, type Readable } from '@guichet/database';
import { findReversalsOf } from '../ledger/history-store.ts';
import { findDueOperations } from './due-store.ts';
import { transferOf } from './kinds/index.ts';
import type { Operation } from './operation.ts';
import { findOrders, findOrdersOfPayments, idsOfOrders } from './order-store.ts';
import { findDecisions } from './store.ts';
import { type Viewer, viewOperation } from './views.ts';

/** Operations with their decisions, the reversals of their transfers, the next days of those that are scheduled, and their standing orders. */
export async function viewOperations(
  db: Readable,
  operations: readonly Operation[],
  viewer: Viewer,
): Promise<OperationShown[]> {
  const dated = operations.filter(({ executeOn }) => executeOn !== null);
  const [decisions, { reversedBy }, due, orders, ordersOfPayments] = await Promise.all([
    queryOnce(db, findDecisions(operations.map(({ id }) => id))),
    queryOnce(db, findReversalsOf(operations.flatMap((one) => transferOf(one) ?? []))),
    queryOnce(
      db,
      findDueOperations(dated.filter(({ status }) => status === 'scheduled').map(({ id }) => id)),
    ),
    queryOnce(db, findOrders(idsOfOrders(operations))),
    queryOnce(db, findOrdersOfPayments(dated.map(({ id }) => id))),
  ]);
  return operations.map((one) =>
    viewOperation(
      {
        operation: one,
        decisions: decisions.get(one.id) ?? [],
        dueOn: due.get(one.id)?.dueOn ?? null,
        order: orders.get(one.id) ?? null,
        standingOrderId: ordersOfPayments.get(one.id) ?? null,
      },
      viewer,
      reversedBy.get(transferOf(one) ?? '') ?? null,
    ),
  );
}
