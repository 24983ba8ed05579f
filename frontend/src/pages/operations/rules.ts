import { KIND_EFFECTS, type PayeeCheckResult } from '@guichet/contract';
import type { Decision, Operation } from '@guichet/contract/accounts';
import { stateOf } from '../../rendering/operation-state.ts';

/** One step of an operation's timeline. `what` is a key under `timeline`; a step without a time is still ahead. */
export interface Step {
  what: StepName;
  state: 'done' | 'noted' | 'refused' | 'waiting' | 'ahead';
  at: string | null;
  by: string | null;
  note: string | null;
  /** The page that has more about it. */
  href: string | null;
}

type StepName =
  | 'requested'
  | 'order_payment'
  | 'viewed'
  | 'decision_refused'
  | 'postponed'
  | 'held'
  | `payee_${PayeeCheckResult}`
  | 'approved_first'
  | 'approved'
  | 'rejected'
  | 'waiting'
  | 'waiting_second'
  | 'scheduled'
  | 'ahead_dated'
  | 'ahead_order'
  | 'failed'
  | 'posted'
  | 'unsent'
  | 'prepared'
  | 'batched'
  | 'sent'
  | 'settled'
  | 'returned'
  | 'ahead'
  | 'released'
  | 'cancelled'
  | 'expired'
  | 'reversed';

/** When an operation was reversed, and the page that shows it. */
export interface Reversal {
  at: string | null;
  href: string | null;
}

/** Undefined for a kind that only a newer release of accounts knows: both run during an upgrade. */
function effectsOf({ type }: Operation): { reserves: boolean; reversible: boolean } | undefined {
  return KIND_EFFECTS[type];
}

/** Whether a request reserves money of the member who made it while it waits. A transfer with a date reserves nothing. */
export function reservesForRequester(operation: Operation): boolean {
  return effectsOf(operation)?.reserves === true && operation.execute_on == null;
}

/** Whether it reserves money of anyone. */
function reservesWhileWaiting(operation: Operation): boolean {
  return reservesForRequester(operation) || isHoldingReversal(operation);
}

/** Whether it's approved and waits for its day. */
export function isScheduled(operation: Operation): boolean {
  return stateOf(operation) === 'scheduled';
}

/** A reversal reserves money only if it takes it back from a customer, not from a house account. */
function isHoldingReversal({ type, from_account_id: fromAccountId }: Operation): boolean {
  return type === 'reversal' && fromAccountId !== null;
}

/** The steps of an operation so far and those still ahead, in order. */
export function timelineOf(operation: Operation, reversal: Reversal | null = null): Step[] {
  const { status, requester, created_at: createdAt, decided_at: decidedAt, payee_check: check } = operation;
  const holds = reservesWhileWaiting(operation);
  const { standing_order_id: orderId } = operation;
  // A release before standing orders doesn't send the field.
  const steps: Step[] =
    orderId == null
      ? [done('requested', createdAt, requester.username)]
      : [{ ...done('order_payment', createdAt), href: `/standing-orders/${orderId}` }];
  if (check !== null) {
    const state = check === 'match' ? 'done' : 'noted';
    steps.push({ ...done(`payee_${check}`, createdAt), state });
  }
  if (holds) steps.push(done('held', createdAt));
  for (const [index, { decision, at, by, reason }] of operation.decisions.entries()) {
    const isFirst = index === 0 && operation.required_approvals > 1;
    if (decision === 'approve') steps.push(done(isFirst ? 'approved_first' : 'approved', at, by.username));
    else steps.push({ ...done('rejected', at, by.username), state: 'refused', note: reason });
  }
  if (isScheduled(operation)) return [...steps, { ...done('scheduled', null), state: 'waiting' }];
  if (status === 'pending' || status === 'approved') {
    const what = operation.decisions.some(isApproval) ? 'waiting_second' : 'waiting';
    const ahead =
      operation.type === 'standing_order'
        ? 'ahead_order'
        : operation.execute_on == null
          ? 'ahead'
          : 'ahead_dated';
    return [...steps, { ...done(what, null), state: 'waiting' }, { ...done(ahead, null), state: 'ahead' }];
  }
  if (status === 'posted') {
    steps.push(done('posted', decidedAt), ...stepsToOtherBank(operation, reversal));
    if (reversal !== null) {
      const what = operation.payment_status === 'returned' ? 'returned' : 'reversed';
      steps.push({ ...done(what, reversal.at), state: 'refused', href: reversal.href });
    }
    return steps;
  }
  if (status === 'cancelled' || status === 'expired') {
    const by = status === 'cancelled' ? requester.username : null;
    steps.push({
      ...done(stateOf(operation) === 'failed' ? 'failed' : status, decidedAt, by),
      state: 'refused',
    });
  }
  if (holds) steps.push(done('released', decidedAt));
  return steps;
}

/** The way of a posted transfer to another bank. Only agents see the batch in which it goes with those of other customers. */
function stepsToOtherBank(
  { payment_status: status, batch_id: batchId, ...times }: Operation,
  reversal: Reversal | null,
): Step[] {
  // A release before batches doesn't send their fields, and one before this doesn't send the times.
  if (status == null) return [];
  const batched: Step =
    batchId === null
      ? done('prepared', times.batched_at)
      : { ...done('batched', times.batched_at), href: `/payments/batches/${batchId}` };
  const steps = [batched, done('sent', times.sent_at), done('settled', times.settled_at)].filter(
    // A batch may be settled after the other bank has returned one of its transfers.
    ({ at }) => at != null && !(reversal?.at != null && at > reversal.at),
  );
  const isUnsent = status === 'waiting' || status === 'created';
  return isUnsent ? [...steps, { ...done('unsent', null), state: 'waiting' }] : steps;
}

function isApproval({ decision }: Decision): boolean {
  return decision === 'approve';
}

function done(what: StepName, at: string | null, by: string | null = null): Step {
  return { what, state: 'done', at, by, note: null, href: null };
}

/** Whether the agent requested the operation or has already decided it, and so can't decide it again. */
export function isDecidedBy({ decisions, requester }: Operation, agentId: string): boolean {
  return requester.id === agentId || decisions.some(({ by }) => by.id === agentId);
}

/** Whether it's on its way to another bank, or was there: then only the other bank can give it back. */
function isSent({ payment_status: status }: Operation): boolean {
  // A release before batches doesn't send the field.
  return status != null && status !== 'waiting';
}

/** Whether it names a customer's account: the money of one that doesn't, like a payment in suspense, lies with the bank. */
export function namesAccount({
  account_id: one,
  from_account_id: from,
  to_account_id: to,
}: Operation): boolean {
  return [one, from, to].some((id) => id !== null);
}

/** Whether an agent may request its reversal: it moved a customer's money and has not been reversed. */
export function isReversible(operation: Operation): boolean {
  return (
    operation.status === 'posted' &&
    operation.transfer_id !== null &&
    operation.reversed_by_transfer_id === null &&
    !isSent(operation) &&
    namesAccount(operation) &&
    effectsOf(operation)?.reversible === true
  );
}

/** The reason that an agent gave for rejecting it. */
export function rejectionReason({ decisions }: Operation): string | null {
  return decisions.findLast(({ decision }) => decision === 'reject')?.reason ?? null;
}

/** The form, filled in, that requests the same again; null for what a member can't request. */
export function againHref({ id, type, account_id: accountId }: Operation): string | null {
  switch (type) {
    case 'internal_transfer':
    case 'external_transfer':
      return `/transfers/new?repeat=${id}`;
    case 'deposit':
    case 'withdrawal':
      return `/${type}s/new?repeat=${id}`;
    case 'standing_order':
      return '/transfers/new?every=month';
    case 'open_account':
      return '/accounts/new';
    case 'close_account':
      return `/accounts/${accountId}/close`;
    case 'renew_rib':
      return `/accounts/${accountId}/renew-rib`;
    default:
      return null;
  }
}
