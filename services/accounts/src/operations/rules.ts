import type { Problem } from '@guichet/errors';
import { type Account, availableMinor } from '../accounts/account.ts';
import { refuse } from '../errors.ts';
import { type Kind, movesMoney } from './kinds.ts';

/**
 * Operations that move money need two approvals above the threshold. An overdraft or limit that needs two agents is requested by one and
 * approved by the other.
 */
export function requiredApprovals(
  kind: Kind,
  amountMinor: bigint | null,
  secondAgentAboveMinor: bigint,
): number {
  return movesMoney(kind) && amountMinor !== null && amountMinor > secondAgentAboveMinor ? 2 : 1;
}

/** Whether somebody other than the requester could decide. */
export function somebodyCanDecide(activeAgentIds: readonly string[], requesterId: string): boolean {
  return activeAgentIds.some((id) => id !== requesterId);
}

/** What keeps an amount from being reserved on an account; null where nothing does. */
export function refuseHold(account: Account, amountMinor: bigint): Problem | null {
  if (account.status !== 'open') return refuse.account_not_open();
  if (availableMinor(account) < amountMinor) return refuse.insufficient_funds();
  return null;
}

/** What keeps an account from being closed. */
export function refuseClosing(account: Account): Problem | null {
  if (account.status !== 'open') return refuse.account_not_open();
  if (account.balanceMinor !== 0n || account.heldMinor !== 0n) return refuse.account_not_empty();
  return null;
}

/** Refuses an overdraft that the account cannot get. */
export function refuseOverdraft(account: Account, overdraftMinor: bigint): Problem | null {
  if (account.status !== 'open') return refuse.account_not_open();
  return availableMinor({ ...account, overdraftMinor }) < 0n ? refuse.overdraft_in_use() : null;
}

/** Whether two agents must agree on an overdraft: it is raised above the threshold. */
export function overdraftNeedsSecondAgent(
  account: Account,
  overdraftMinor: bigint,
  secondAgentAboveMinor: bigint,
): boolean {
  return overdraftMinor > secondAgentAboveMinor && overdraftMinor > account.overdraftMinor;
}

/**
 * Whether two agents must agree on limits: an own limit above the threshold is set, unless it lowers the present one, or an own limit is removed
 * and the bank's is higher and above the threshold, or there is none.
 */
export function limitsNeedSecondAgent(
  account: Account,
  next: Limits,
  bank: Limits,
  secondAgentAboveMinor: bigint,
): boolean {
  const isRaised = (own: bigint | null, limit: bigint | null, banks: bigint | null) =>
    limit === null
      ? own !== null && (banks === null || (banks > own && banks > secondAgentAboveMinor))
      : limit > secondAgentAboveMinor && (own === null || limit > own);
  return (
    isRaised(account.limitOperationMinor, next.operationMinor, bank.operationMinor) ||
    isRaised(account.limitDayMinor, next.dayMinor, bank.dayMinor)
  );
}

/** Limits on what leaves an account; null is no limit. */
export interface Limits {
  operationMinor: bigint | null;
  dayMinor: bigint | null;
}

/** The account's own limits where it has them, the bank's otherwise. */
export function limitsOf(account: Account, bank: Limits): Limits {
  return {
    operationMinor: account.limitOperationMinor ?? bank.operationMinor,
    dayMinor: account.limitDayMinor ?? bank.dayMinor,
  };
}

/** Whether an amount, on top of what was asked that day, stays within the limits. */
export function refuseOverLimit(
  amountMinor: bigint,
  askedTodayMinor: bigint,
  limits: Limits,
): Problem | null {
  if (limits.operationMinor !== null && amountMinor > limits.operationMinor) return refuse.limit_exceeded();
  if (limits.dayMinor !== null && askedTodayMinor + amountMinor > limits.dayMinor)
    return refuse.limit_exceeded();
  return null;
}

/**
 * The most that an account may hold: with the largest overdraft on top, what is available is still an integer that JSON carries
 * exactly (2^53 − 1, 9 007 199 254 740 991).
 */
export const MAX_BALANCE_MINOR = 9_000_000_000_000_000n;

/** What keeps an amount from being paid into an account; null where nothing does. */
export function refuseCredit(account: Account, amountMinor: bigint): Problem | null {
  return account.balanceMinor + amountMinor > MAX_BALANCE_MINOR ? refuse.balance_too_large() : null;
}
