import type { Operation as OperationShown } from '@guichet/contract/accounts';
import { queryOnce, type Readable } from '@guichet/database';
import { findReversalsOf } from '../ledger/history-store.ts';
import { findDueOperations } from './due-store.ts';
import { transferOf } from './kinds/index.ts';
import type { Operation } from './operation.ts';
import { findDecisions } from './store.ts';
import { type Viewer, viewOperation } from './views.ts';

/** Operations with their decisions, the reversals of their transfers, and the next days of those that are scheduled. */
export async function viewOperations(
  db: Readable,
  operations: readonly Operation[],
  viewer: Viewer,
): Promise<OperationShown[]> {
  const [decisions, { reversedBy }, due] = await Promise.all([
    queryOnce(db, findDecisions(operations.map(({ id }) => id))),
    queryOnce(db, findReversalsOf(operations.flatMap((one) => transferOf(one) ?? []))),
    queryOnce(
      db,
      findDueOperations(operations.filter(({ status }) => status === 'scheduled').map(({ id }) => id)),
    ),
  ]);
  return operations.map((one) =>
    viewOperation(one, decisions.get(one.id) ?? [], viewer, {
      reversal: reversedBy.get(transferOf(one) ?? '') ?? null,
      dueOn: due.get(one.id)?.dueOn ?? null,
    }),
  );
}
