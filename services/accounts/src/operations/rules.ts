import { isOrderDate } from '@guichet/calendar';
import { type Problem, problems } from '@guichet/errors';
import { type Account, availableMinor } from '../accounts/account.ts';
import { refuse } from '../errors.ts';
import type { Facts, Moment } from './kinds/kind.ts';
import { amountOf, type Limits, type Operation } from './operation.ts';

/** Above the threshold, two agents must approve an operation that moves money. */
export function approvalsByAmount(operation: Operation, secondAgentAboveMinor: bigint): number {
  return amountOf(operation) > secondAgentAboveMinor ? 2 : 1;
}

/** An overdraft or limit that needs two agents is requested by one and approved by the other. */
export function oneApproval(): number {
  return 1;
}

/** Whether an agent other than the requester can decide. */
export function anotherAgentCanDecide(activeAgentIds: readonly string[], requesterId: string): boolean {
  return activeAgentIds.some((id) => id !== requesterId);
}

/** Refuses an account that is not open, or has another currency than the operation. */
export function refuseUnusable(account: Account | undefined, currency: string): Problem | null {
  if (account?.status !== 'open') return refuse.account_not_open();
  return account.currency === currency ? null : refuse.currency_mismatch();
}

/**
 * Refuses a debit that the account cannot pay: at the request, from which on its amount is held, or on its day if it has one, because until then
 * nothing is held.
 */
export function refuseDebit(
  account: Account | undefined,
  operation: Operation,
  moment: Moment,
): Problem | null {
  if (account === undefined) return refuse.account_not_open();
  const paysAt: Moment = operation.executeOn === null ? 'request' : 'posting';
  return moment === paysAt && availableMinor(account) < amountOf(operation)
    ? refuse.insufficient_funds()
    : null;
}

/** Refuses a day that is not from tomorrow until a year ahead. */
export function refuseDate(executeOn: string | null, today: string): Problem | null {
  if (executeOn === null || isOrderDate(executeOn, today)) return null;
  return problems.invalid_request(undefined, {
    errors: [{ path: 'execute_on', message: 'must be from tomorrow until a year ahead' }],
  });
}

/** The same for money that leaves the bank: it also checks the account's limits and whether a code is needed. */
export function refusePayout(
  account: Account | undefined,
  operation: Operation,
  { moment, payout }: Facts,
): Problem | null {
  const amountMinor = amountOf(operation);
  const refusal = refuseDebit(account, operation, moment);
  if (refusal !== null || account === undefined || payout === null) return refusal;
  const limits = limitsOf(account, payout.limits);
  return (
    refuseOverLimit(amountMinor, payout.requestedTodayMinor(account.id), limits) ??
    (payout.secondFactor === 'unchecked' && payout.sentWithMinor(amountMinor) > payout.stepUpAboveMinor
      ? refuse.totp_required()
      : null)
  );
}

/** Refuses to close an account that holds money. */
export function refuseClosing(account: Account | undefined): Problem | null {
  if (account?.status !== 'open') return refuse.account_not_open();
  return account.balanceMinor !== 0n || account.heldMinor !== 0n ? refuse.account_not_empty() : null;
}

/** Refuses an overdraft that the account cannot get. */
export function refuseOverdraft(account: Account | undefined, overdraftMinor: bigint): Problem | null {
  if (account?.status !== 'open') return refuse.account_not_open();
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

/** The account's own limits if it has them, otherwise the bank's. */
function limitsOf(account: Account, bank: Limits): Limits {
  return {
    operationMinor: account.limitOperationMinor ?? bank.operationMinor,
    dayMinor: account.limitDayMinor ?? bank.dayMinor,
  };
}

/** Refuses an amount that exceeds a limit, by itself or together with what was requested that day. */
function refuseOverLimit(amountMinor: bigint, requestedTodayMinor: bigint, limits: Limits): Problem | null {
  if (limits.operationMinor !== null && amountMinor > limits.operationMinor) return refuse.limit_exceeded();
  if (limits.dayMinor !== null && requestedTodayMinor + amountMinor > limits.dayMinor)
    return refuse.limit_exceeded();
  return null;
}

/**
 * The most that an account may hold: with the largest overdraft on top, what is available is still an integer that JSON carries
 * exactly (2^53 − 1, 9 007 199 254 740 991).
 */
export const MAX_BALANCE_MINOR = 9_000_000_000_000_000n;

/** Refuses a credit that makes the balance too large. Checked only at posting, because the balance may be lower then than at the request. */
export function refuseCredit(
  account: Account | undefined,
  amountMinor: bigint,
  moment: Moment,
): Problem | null {
  if (account === undefined) return refuse.account_not_open();
  return moment === 'posting' && account.balanceMinor + amountMinor > MAX_BALANCE_MINOR
    ? refuse.balance_too_large()
    : null;
}
