import type { Transaction } from '@guichet/database';
import { isOpen } from '../operations/life.ts';
import { readLoggedBackwards } from './events-store.ts';
import type { OperationTimes } from './new-rows-store.ts';
import type { CheckResult, Discrepancy } from './rules.ts';

/**
 * Each of these operations that was requested or ended since `since` has its audit event in the outbox. It reads the outbox from its newest row back
 * until every event is found, so no order of commits can hide one; only an event that is missing makes it read everything.
 */
export async function checkEvents(
  trx: Transaction,
  operations: readonly OperationTimes[],
  since: Date,
): Promise<CheckResult> {
  const due = new Map<string, Discrepancy>();
  const expect = ({ id, accountId }: OperationTimes, status: string): void => {
    due.set(`${id} ${status}`, { id, account_id: accountId, expected: status, found: 'no event' });
  };
  for (const operation of operations) {
    if (operation.createdAt >= since) expect(operation, operation.firstStatus);
    if (!isOpen(operation.status) && operation.decidedAt >= since) expect(operation, operation.status);
  }
  const checked = due.size;
  if (due.size > 0) {
    for await (const logged of readLoggedBackwards(trx)) {
      for (const { id, status } of logged) due.delete(`${id} ${status}`);
      if (due.size === 0) break;
    }
  }
  return { checked, broken: [...due.values()] };
}
