import type { DecisionOutcome, Operation, ReviewFacts } from '@guichet/contract/accounts';
import { isDecidedBy, isScheduled } from '../operations/rules.ts';

export interface Sum {
  currency: string;
  amount: number;
}

/** The sum of the amounts in each currency. */
export function sumsOf(operations: readonly Operation[]): Sum[] {
  const sums = new Map<string, number>();
  for (const { currency, amount } of operations) {
    if (amount !== null) sums.set(currency, (sums.get(currency) ?? 0) + amount);
  }
  return [...sums]
    .map(([currency, amount]) => ({ currency, amount }))
    .sort((a, b) => (a.currency < b.currency ? -1 : 1));
}

/** Why an agent cannot decide an operation. */
export type Obstacle = 'not_pending' | 'not_your_own_request' | 'already_decided_by_you';

export function obstacleFor(operation: Operation, agentId: string): Obstacle | null {
  if (operation.status !== 'pending' && operation.status !== 'approved') return 'not_pending';
  if (operation.requester.id === agentId) return 'not_your_own_request';
  return isDecidedBy(operation, agentId) ? 'already_decided_by_you' : null;
}

const NEW_ACCOUNT_DAYS = 30;

/** Whether the account was opened so recently that the agent should know. */
export function isNewAccount({ account }: ReviewFacts, now: Date): boolean {
  const opened = account?.opened_at ?? null;
  return opened !== null && now.getTime() - Date.parse(opened) < NEW_ACCOUNT_DAYS * 86_400_000;
}

/** The outcome of one decision. `by` is the user who decided or cancelled it first. */
export interface Result {
  what:
    | 'posted'
    | 'scheduled'
    | 'second_agent'
    | 'rejected'
    | 'decided_by'
    | 'cancelled_by'
    | 'expired'
    | 'refused';
  by: string | null;
  /** The code of the refusal. */
  code: string | null;
}

/** The outcome of a decision, as far as the operation shows it by now. */
export function resultOf(
  outcome: DecisionOutcome,
  operation: Operation | undefined,
  agentId: string,
): Result {
  const { error, status } = outcome;
  if (error === null) {
    if (operation !== undefined && isScheduled(operation)) return { what: 'scheduled', by: null, code: null };
    const what = status === 'posted' ? 'posted' : status === 'rejected' ? 'rejected' : 'second_agent';
    return { what, by: null, code: null };
  }
  if (error.code !== 'not_pending' || operation === undefined)
    return { what: 'refused', by: null, code: error.code };
  if (operation.status === 'expired') return { what: 'expired', by: null, code: error.code };
  if (operation.status === 'cancelled') {
    return { what: 'cancelled_by', by: operation.requester.username, code: error.code };
  }
  const by = operation.decisions.at(-1)?.by;
  if (by === undefined) return { what: 'refused', by: null, code: error.code };
  return by.id === agentId
    ? { what: 'refused', by: null, code: 'already_decided_by_you' }
    : { what: 'decided_by', by: by.username, code: error.code };
}
