import { addToSum, type DaySum, sumOfDay } from '../day-sum.ts';
import { movesMoney } from '../operations/kinds.ts';
import type { Operation } from '../operations/operation.ts';
import { soleKey } from './sole-approvals-store.ts';
import type { Ruling, Work } from './work.ts';

/** The keys of the sums to which an approval by one agent alone adds: one for each customer account involved. */
export function soleKeysOf({ verdict, by }: Ruling, operation: Operation | undefined): string[] {
  if (verdict !== 'approve' || by === null || operation === undefined) return [];
  if (!movesMoney(operation.kind) || operation.requiredApprovals > 1) return [];
  const { accountId, fromAccountId, toAccountId } = operation;
  const touched = [accountId, fromAccountId, toAccountId].filter((id) => id !== null);
  return touched.map((accountId) => soleKey(accountId, by.id));
}

/** Whether this approval would take the sum that the agent alone approved today for one account above the threshold. */
export function exceedsSoleApprovals(ruling: Ruling, operation: Operation, work: Work): boolean {
  return sumsWith(ruling, operation, work).some(
    ([, { amountMinor }]) => amountMinor > work.secondAgentAboveMinor,
  );
}

/** Counts an approval that posts without a second agent. */
export function countSoleApproval(ruling: Ruling, operation: Operation, work: Work): void {
  for (const [key, sum] of sumsWith(ruling, operation, work)) work.newlySole.set(key, sum);
}

function sumsWith(ruling: Ruling, operation: Operation, work: Work): [string, DaySum][] {
  return soleKeysOf(ruling, operation).map((key) => {
    const before = sumOfDay(work.newlySole.get(key) ?? work.sole.get(key), work.today);
    return [key, addToSum(before, operation.amountMinor ?? 0n)];
  });
}
