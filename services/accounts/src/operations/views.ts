import type {
  InterestRun as InterestRunShown,
  Operation as OperationShown,
  OrderTerms,
} from '@guichet/contract/accounts';
import { toJsonMinor } from '@guichet/money';
import type { Caller } from '@guichet/tokens';
import { describeRefusal } from '../errors.ts';
import type { Reversal } from '../ledger/history-store.ts';
import type { ReceivedFile } from '../payment-files/received-file.ts';
import type { InterestRun } from '../products/interest-run.ts';
import { leavesForAnotherBank } from './dates.ts';
import { definitionOf, transferOf } from './kinds/index.ts';
import { shownStatus } from './life.ts';
import type { Operation, OperationState } from './operation.ts';
import { BATCH_CURRENCY, type Payment } from './outgoing-store.ts';
import type { StandingOrder } from './standing-order.ts';
import { viewLimits } from './view-limits.ts';

/** The user to whom an operation is shown. */
export type Viewer = 'requester' | 'agent';

export const viewerOf = ({ role }: Caller): Viewer => (role === 'agent' ? 'agent' : 'requester');

/** An operation as its requester and the agents see it. For a payee given by IBAN, it shows the IBAN and never the account's id. */
export function viewOperation(
  { operation, decisions, dueOn, order, standingOrderId, file, fileOperationId, run, runId }: OperationState,
  viewer: Viewer,
  reversal: Reversal | null = null,
  payment: Payment | null = isOnItsWay(operation) && reversal === null ? WAITING : null,
): OperationShown {
  const namesPayer = definitionOf(operation).namesPayer === true;
  return {
    id: operation.id,
    type: operation.kind,
    status: shownStatus(operation.status),
    amount: operation.amountMinor === null ? null : toJsonMinor(operation.amountMinor),
    currency: operation.currency,
    account_id: operation.accountId,
    from_account_id: operation.fromAccountId,
    to_account_id: operation.toIban === null ? operation.toAccountId : null,
    to: operation.toIban === null || namesPayer ? null : { name: operation.toName, iban: operation.toIban },
    from: namesPayer ? { name: operation.toName, iban: operation.toIban } : null,
    payee_check: viewer === 'agent' || operation.isPayeeCheckShown ? operation.payeeCheck : null,
    reference: operation.reference,
    reason: operation.reason,
    limits: viewLimits(operation.limits),
    execute_on: operation.executeOn,
    due_on: dueOn,
    standing_order_id: standingOrderId,
    terms: order === null ? null : viewTerms(order),
    file: file === null ? null : viewFile(file),
    file_operation_id: fileOperationId,
    payment_status: operation.currency === BATCH_CURRENCY ? (payment?.status ?? null) : null,
    batch_id: viewer === 'agent' ? (payment?.batchId ?? null) : null,
    batched_at: payment?.batchedAt?.toISOString() ?? null,
    sent_at: payment?.sentAt?.toISOString() ?? null,
    settled_at: payment?.settledAt?.toISOString() ?? null,
    interest_run: run === null ? null : viewRun(run),
    interest_run_id: runId,
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

function viewRun({ month, state, count, ...totals }: InterestRun): InterestRunShown {
  return {
    month,
    state,
    count,
    interest: toJsonMinor(totals.interestMinor),
    overdraft_interest: toJsonMinor(totals.overdraftInterestMinor),
    fees: toJsonMinor(totals.feesMinor),
  };
}

function viewFile({ messageId, count, totalMinor }: ReceivedFile) {
  return { message_id: messageId, count, total: toJsonMinor(totalMinor) };
}

/** One that was posted in this moment is in no batch. */
const WAITING: Payment = {
  status: 'waiting',
  batchId: null,
  batchedAt: null,
  sentAt: null,
  settledAt: null,
};

function isOnItsWay(operation: Operation): boolean {
  return operation.status === 'posted' && leavesForAnotherBank(operation);
}

/** The dates of a standing order, and which one it replaces. */
export function viewTerms({ every, firstOn, lastOn, replacesId }: StandingOrder): OrderTerms {
  return { every, first_on: firstOn, last_on: lastOn, replaces_id: replacesId };
}
