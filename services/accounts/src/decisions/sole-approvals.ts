import { houseAccount } from '../accounts/account.ts';
import { addToSum, type DaySum, sumOfDay } from '../day-sum.ts';
import { approvesMoney } from '../operations/kinds/index.ts';
import { amountOf, type Operation } from '../operations/operation.ts';
import type { BatchState, DecisionCommand } from './batch-state.ts';
import { soleKey } from './sole-approvals-store.ts';

/** Whether it moves money and names no customer’s account, like a file of payments. */
export function namesNoCustomer(operation: Operation): boolean {
  return approvesMoney(operation) && customersOf(operation).length === 0;
}

function customersOf({ accountId, fromAccountId, toAccountId }: Operation): string[] {
  return [accountId, fromAccountId, toAccountId].filter((id) => id !== null);
}

/** The keys of the sums to which an approval by one agent alone adds: one for each customer account involved, or one for files. */
function soleKeysOf({ action, by }: DecisionCommand, operation: Operation): string[] {
  if (action !== 'approve' || by === null) return [];
  if (!approvesMoney(operation) || operation.requiredApprovals > 1) return [];
  const customers = customersOf(operation);
  // A file names no account of its own: all files of the day count together, so that many small ones are one large one.
  const involved = customers.length === 0 ? [houseAccount.settlement(operation.currency)] : customers;
  return involved.map((id) => soleKey(id, by.id));
}

/** Whether, with this approval, the sum of the agent's sole approvals of today for one account exceeds the threshold. */
export function exceedsSoleApprovals(
  command: DecisionCommand,
  operation: Operation,
  state: BatchState,
): boolean {
  return sumsWith(command, operation, state).some(
    ([, { amountMinor }]) => amountMinor > state.secondAgentAboveMinor,
  );
}

/** Counts an approval that posts without a second agent. */
export function countSoleApproval(command: DecisionCommand, operation: Operation, state: BatchState): void {
  for (const [key, sum] of sumsWith(command, operation, state)) state.newlySole.set(key, sum);
}

function sumsWith(command: DecisionCommand, operation: Operation, state: BatchState): [string, DaySum][] {
  return soleKeysOf(command, operation).map((key) => {
    const before = sumOfDay(state.newlySole.get(key) ?? state.sole.get(key), state.today);
    return [key, addToSum(before, amountOf(operation))];
  });
}
