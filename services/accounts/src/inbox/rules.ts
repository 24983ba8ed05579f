import type { Account } from '../accounts/account.ts';
import { availableMinor } from '../accounts/account.ts';
import { approvesMoney, definitionOf } from '../operations/kinds/index.ts';
import { isWaiting } from '../operations/life.ts';
import type { Decision, Operation } from '../operations/operation.ts';
import { isOfBank } from '../operations/request.ts';

/** The account that changes or pays. For a transfer, that is the payer's. */
export function accountInQuestion(operation: Operation): string | null {
  const { heldAccountId, accountId, fromAccountId, toAccountId } = operation;
  return heldAccountId ?? accountId ?? fromAccountId ?? toAccountId;
}

/** What is available on the account without the operation, and once it is posted; null once it no longer waits. */
export function availableAround(
  operation: Operation,
  account: Account,
): { before: bigint | null; after: bigint | null } {
  if (!isWaiting(operation.status)) return { before: null, after: null };
  const now = availableMinor(account);
  const amount = operation.amountMinor ?? 0n;
  // It holds nothing until its day.
  if (operation.executeOn !== null) return { before: now, after: now - amount };
  // The hold has been taken, so posting it changes nothing.
  if (operation.heldAccountId === account.id) return { before: now + amount, after: now };
  if (operation.kind === 'set_overdraft')
    return { before: now, after: now - account.overdraftMinor + amount };
  return { before: now, after: definitionOf(operation).movesMoney ? now + amount : now };
}

/** Whether the agent can decide the operation at that moment. */
export function canDecide(
  operation: Operation,
  decisions: readonly Decision[],
  agentId: string,
  now: Date,
): boolean {
  return (
    isWaiting(operation.status) &&
    operation.expiresAt > now &&
    operation.requesterId !== agentId &&
    !decisions.some((one) => one.agentId === agentId)
  );
}

/** Why one agent is not enough; null where one is. `approvedTodayMinor` is what the agent who asks approved alone today. */
export function secondAgentReason(
  operation: Operation,
  { aboveMinor, approvedTodayMinor }: { aboveMinor: bigint; approvedTodayMinor: bigint },
): 'above_threshold' | 'approvals_today' | 'kind' | null {
  const kind = definitionOf(operation);
  const amount = operation.amountMinor ?? 0n;
  if (approvesMoney(operation) && kind.approvals(operation, aboveMinor) > 1) return 'above_threshold';
  if (operation.requiredApprovals > 1) return 'approvals_today';
  if (isWaiting(operation.status) && approvesMoney(operation) && approvedTodayMinor + amount > aboveMinor) {
    return 'approvals_today';
  }
  return kind.requestedBy === 'agent' && !isOfBank(operation) ? 'kind' : null;
}
