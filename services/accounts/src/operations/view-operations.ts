import type { Operation as OperationShown } from '@guichet/contract/accounts';
import { type Database, queryOnce } from '@guichet/database';
import { findReversalsOf } from '../ledger/history-store.ts';
import { transferOf } from './kinds/index.ts';
import type { Operation } from './operation.ts';
import { findDecisions } from './store.ts';
import { type Viewer, viewOperation } from './views.ts';

/** Operations with their decisions and the reversals of their transfers. */
export async function viewOperations(
  db: Database,
  operations: readonly Operation[],
  viewer: Viewer,
): Promise<OperationShown[]> {
  const [decisions, { reversedBy }] = await Promise.all([
    queryOnce(db, findDecisions(operations.map(({ id }) => id))),
    queryOnce(db, findReversalsOf(operations.flatMap((one) => transferOf(one) ?? []))),
  ]);
  return operations.map((one) =>
    viewOperation(one, decisions.get(one.id) ?? [], viewer, reversedBy.get(transferOf(one) ?? '') ?? null),
  );
}
