import { INTEREST_LINE_KINDS } from '@guichet/contract';
import type { Operation as OperationShown } from '@guichet/contract/accounts';
import { queryOnce, type Readable } from '@guichet/database';
import { findReversalsOf } from '../ledger/history-store.ts';
import { findRuns, findRunsOfLines } from '../products/run-store.ts';
import { leavesForAnotherBank } from './dates.ts';
import { findDueOperations } from './due-store.ts';
import { findFiles, findFilesOfItems, idsOfAcceptances, idsOfFiles } from './file-store.ts';
import { transferOf } from './kinds/index.ts';
import type { Operation } from './operation.ts';
import { findOrders, findOrdersOfPayments, idsOfOrders } from './order-store.ts';
import { findPayments } from './outgoing-store.ts';
import { findDecisions } from './store.ts';
import { type Viewer, viewOperation } from './views.ts';

/** Operations with their decisions, the reversals of their transfers, the next days of those that are scheduled, and their standing orders. */
export async function viewOperations(
  db: Readable,
  operations: readonly Operation[],
  viewer: Viewer,
): Promise<OperationShown[]> {
  const dated = operations.filter(({ executeOn }) => executeOn !== null);
  const items = [...idsOf(operations, ['incoming_payment']), ...idsOfAcceptances(operations)];
  const [
    decisions,
    { reversedBy },
    due,
    orders,
    ordersOfPayments,
    files,
    filesOfItems,
    payments,
    runs,
    runsOfLines,
  ] = await Promise.all([
    queryOnce(db, findDecisions(operations.map(({ id }) => id))),
    queryOnce(db, findReversalsOf(operations.flatMap((one) => transferOf(one) ?? []))),
    queryOnce(
      db,
      findDueOperations(dated.filter(({ status }) => status === 'scheduled').map(({ id }) => id)),
    ),
    queryOnce(db, findOrders(idsOfOrders(operations))),
    queryOnce(db, findOrdersOfPayments(dated.map(({ id }) => id))),
    queryOnce(db, findFiles(idsOfFiles(operations))),
    queryOnce(db, findFilesOfItems(items)),
    queryOnce(db, findPayments(operations.filter(leavesForAnotherBank).map(({ id }) => id))),
    queryOnce(db, findRuns(idsOf(operations, ['interest_run']))),
    queryOnce(db, findRunsOfLines(idsOf(operations, INTEREST_LINE_KINDS))),
  ]);
  return operations.map((one) =>
    viewOperation(
      {
        operation: one,
        decisions: decisions.get(one.id) ?? [],
        dueOn: due.get(one.id)?.dueOn ?? null,
        order: orders.get(one.id) ?? null,
        standingOrderId: ordersOfPayments.get(one.id) ?? null,
        file: files.get(one.id) ?? null,
        fileOperationId: filesOfItems.get(one.id) ?? null,
        run: runs.get(one.id) ?? null,
        runId: runsOfLines.get(one.id) ?? null,
      },
      viewer,
      reversedBy.get(transferOf(one) ?? '') ?? null,
      payments.get(one.id) ?? null,
    ),
  );
}

function idsOf(operations: readonly Operation[], kinds: readonly Operation['kind'][]): string[] {
  return operations.flatMap(({ id, kind }) => (kinds.includes(kind) ? [id] : []));
}
