import type { Operation as OperationShown, OrderTerms } from '@guichet/contract/accounts';
import { toJsonMinor } from '@guichet/money';
import type { Caller } from '@guichet/tokens';
import { describeRefusal } from '../errors.ts';
import type { Reversal } from '../ledger/history-store.ts';
import { transferOf } from './kinds/index.ts';
import { shownStatus } from './life.ts';
import type { OperationState } from './operation.ts';
import type { StandingOrder } from './standing-order.ts';
import { viewLimits } from './view-limits.ts';

/** The user to whom an operation is shown. */
export type Viewer = 'requester' | 'agent';

export const viewerOf = ({ role }: Caller): Viewer => (role === 'agent' ? 'agent' : 'requester');

/** An operation as its requester and the agents see it. For a payee given by IBAN, it shows the IBAN and never the account's id. */
export function viewOperation(
  { operation, decisions, dueOn, order, standingOrderId }: OperationState,
  viewer: Viewer,
  reversal: Reversal | null = null,
): OperationShown {
  return {
    id: operation.id,
    type: operation.kind,
    status: shownStatus(operation.status),
    amount: operation.amountMinor === null ? null : toJsonMinor(operation.amountMinor),
    currency: operation.currency,
    account_id: operation.accountId,
    from_account_id: operation.fromAccountId,
    to_account_id: operation.toIban !== null ? null : operation.toAccountId,
    to: operation.toIban === null ? null : { name: operation.toName, iban: operation.toIban },
    payee_check: viewer === 'agent' || operation.isPayeeCheckShown ? operation.payeeCheck : null,
    reference: operation.reference,
    reason: operation.reason,
    limits: viewLimits(operation.limits),
    execute_on: operation.executeOn,
    due_on: dueOn,
    standing_order_id: standingOrderId,
    terms: order === null ? null : viewTerms(order),
    requester: { id: operation.requesterId, username: operation.requesterUsername },
    required_approvals: operation.requiredApprovals,
    decisions: decisions.map((one) => ({
      by: { id: one.agentId, username: one.agentUsername },
      decision: one.decision,
      reason: one.reason,
      at: one.decidedAt.toISOString(),
    })),
    transfer_id: transferOf(operation),
    reverses_transfer_id: operation.reversesTransferId,
    reversed_by_transfer_id: reversal?.transferId ?? null,
    reversed_at: reversal?.postedAt.toISOString() ?? null,
    refusal: describeRefusal(operation.refusal),
    created_at: operation.createdAt.toISOString(),
    expires_at: operation.expiresAt.toISOString(),
    decided_at: operation.decidedAt?.toISOString() ?? null,
  };
}

/** The dates of a standing order, and which one it replaces. */
export function viewTerms({ every, firstOn, lastOn, replacesId }: StandingOrder): OrderTerms {
  return { every, first_on: firstOn, last_on: lastOn, replaces_id: replacesId };
}
