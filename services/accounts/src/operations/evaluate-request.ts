import type { OrderDates } from '@guichet/calendar';
import { newId } from '@guichet/database';
import { Problem, problems } from '@guichet/errors';
import type { Account } from '../accounts/account.ts';
import type { AccountWithOwner, Payee } from '../accounts/store.ts';
import { addToSum, type DaySum, sumOfDay } from '../day-sum.ts';
import type { Deps } from '../deps.ts';
import { refuse } from '../errors.ts';
import type { PostedTransfer } from '../ledger/store.ts';
import { refuseActor } from '../people/rules.ts';
import type { Person } from '../people/store.ts';
import { isOurIban } from '../ribs/make-rib.ts';
import { definitionOf, takesHold } from './kinds/index.ts';
import type { RequestFacts } from './kinds/kind.ts';
import { amountOf, type Operation, type OperationState } from './operation.ts';
import type { OperationRequest } from './request.ts';
import { anotherAgentCanDecide } from './rules.ts';
import type { StandingOrder } from './standing-order.ts';
import { waitingKey } from './store.ts';

/** The facts by which the requests of one batch are evaluated. Locked accounts belong to this transaction alone and change during the batch. */
export interface BatchState {
  activeAgents: readonly string[];
  /** Locked; exclusively if money would leave the bank. */
  requesters: ReadonlyMap<string, Person>;
  payees: ReadonlyMap<string, Payee>;
  transfers: ReadonlyMap<string, PostedTransfer>;
  reversed: Set<string>;
  /** The kinds and accounts of waiting requests that must wait alone, by `waitingKey`. */
  waiting: Set<string>;
  locked: ReadonlyMap<string, AccountWithOwner>;
  /** Accounts read without a lock, and those created in this batch. */
  others: Map<string, AccountWithOwner>;
  requestedToday: Map<string, bigint>;
  /** The standing orders that are replaced. */
  orders: ReadonlyMap<string, StandingOrder>;
  /** The sum that each requester sent since their last code, and the sums that changed. */
  sent: ReadonlyMap<string, DaySum>;
  newlySent: Map<string, DaySum>;
  today: Date;
  now: Date;
  // The changes to write.
  accepted: { request: OperationRequest; operation: Operation }[];
  opened: Account[];
  ordered: StandingOrder[];
  heldOn: Set<Account>;
}

type Draftable = Omit<OperationRequest, 'idempotency'>;

/** A batch with these facts and no changes yet. */
export function newBatchState(known: Partial<BatchState> & Pick<BatchState, 'today' | 'now'>): BatchState {
  return {
    activeAgents: [],
    requesters: new Map(),
    payees: new Map(),
    transfers: new Map(),
    reversed: new Set(),
    waiting: new Set(),
    locked: new Map(),
    others: new Map(),
    requestedToday: new Map(),
    orders: new Map(),
    sent: new Map(),
    newlySent: new Map(),
    accepted: [],
    opened: [],
    ordered: [],
    heldOn: new Set(),
    ...known,
  };
}

/**
 * Evaluates one request in memory: refusals in the documented order, then its hold. The changes are in `state`.
 * @returns the new operation, or the refusal
 */
export function evaluateRequest(
  request: OperationRequest,
  state: BatchState,
  deps: Deps,
): OperationState | Problem {
  const { input, requester } = request;
  const kind = definitionOf(input);
  const isUnfit = refuseActor(state.requesters.get(requester.id), requester);
  if (isUnfit !== null) return isUnfit;
  // Agents request only what members may not request, and vice versa.
  if ((kind.requestedBy === 'agent') !== (requester.role === 'agent')) return problems.forbidden();
  const isInvalid = kind.refuseInput?.(input, deps.rules.calendar.dateOf(state.now)) ?? null;
  if (isInvalid !== null) return isInvalid;
  if (!anotherAgentCanDecide(state.activeAgents, requester.id)) return refuse.no_active_agent();

  const drafted = draftOperation(request, state, deps);
  if (drafted instanceof Problem) return drafted;
  const { operation, opens, order } = drafted;

  // After this point it must succeed.
  operation.isPayeeCheckShown = isCheckShown(operation, deps, state.now);
  if (opens !== undefined) state.opened.push(opens);
  if (order !== null) state.ordered.push(order);
  if (operation.heldAccountId !== null) hold(operation, state);
  // The payments of a standing order count on their days.
  if (kind.movesMoney && kind.leavesBank) countPayout(request, operation, state);
  if (operation.reversesTransferId !== null) state.reversed.add(operation.reversesTransferId);
  const alone = kind.waitsAloneFor?.(input);
  if (alone !== undefined) state.waiting.add(waitingKey(input.kind, alone));
  state.accepted.push({ request, operation });
  return { operation, decisions: [], dueOn: null, order, standingOrderId: null };
}

/** The new operation of a request, with the account that it opens or the standing order that it begins; or the refusal of its kind. */
export function draftOperation(
  request: Draftable,
  state: BatchState,
  deps: Deps,
): { operation: Operation; opens: Account | undefined; order: StandingOrder | null } | Problem {
  const kind = definitionOf(request.input);
  const facts = factsFor(request, state, deps);
  const drafted = kind.draft(request.input, facts);
  if (drafted instanceof Problem) return drafted;
  const { opens, terms, ...fields } = drafted;
  if (opens !== undefined) state.others.set(opens.id, { ...opens, ownerName: '' });
  const operation = newOperation(request, fields, state, deps);
  const order = terms === undefined ? null : orderOf(operation, terms);
  return kind.refuse(operation, facts) ?? { operation, opens, order };
}

function orderOf(
  { id, requesterId, fromAccountId }: Operation,
  terms: OrderDates & Pick<StandingOrder, 'replacesId'>,
): StandingOrder {
  return {
    id,
    ownerId: requesterId,
    accountId: fromAccountId as string,
    ...terms,
    state: 'requested',
    nextNumber: 0,
    nextOn: null,
    lastOperationId: null,
    refusal: null,
  };
}

function newOperation(
  { input, requester, correlationId }: Draftable,
  fields: Partial<Operation> & Pick<Operation, 'currency'>,
  { now }: BatchState,
  { rules }: Deps,
): Operation {
  const kind = definitionOf(input);
  const operation: Operation = {
    id: newId(now),
    kind: input.kind,
    status: 'pending',
    amountMinor: null,
    accountId: null,
    fromAccountId: null,
    toAccountId: null,
    heldAccountId: null,
    toName: null,
    toIban: null,
    payeeCheck: null,
    isPayeeCheckShown: false,
    reference: null,
    reason: null,
    reversesTransferId: null,
    limits: null,
    executeOn: null,
    requesterId: requester.id,
    requesterUsername: requester.username,
    requiredApprovals: 1,
    approvedBy: null,
    refusal: null,
    correlationId,
    createdAt: now,
    expiresAt: new Date(now.getTime() + rules.operationTtlHours * 3_600_000),
    decidedAt: null,
    ...fields,
  };
  if (takesHold(operation)) operation.heldAccountId = operation[kind.accountField];
  operation.requiredApprovals = kind.approvals(operation, rules.secondAgentAboveMinor);
  return operation;
}

function factsFor(request: Draftable, state: BatchState, { rules }: Deps): RequestFacts {
  const { input, requester, secondFactor } = request;
  const { transfers, reversed, waiting, payees, orders, now } = state;
  return {
    moment: 'request',
    now,
    newId: () => newId(now),
    requesterId: requester.id,
    account: (id) => (id === null ? undefined : (state.locked.get(id) ?? state.others.get(id))),
    order: (id) => (id === null ? undefined : orders.get(id)),
    transfer: (id) => transfers.get(id),
    isReversed: (id) => id !== null && reversed.has(id),
    isRequested: (id) => id !== null && waiting.has(waitingKey(input.kind, id)),
    isOurIban: (iban) => isOurIban(iban, rules),
    payee: (iban) => payees.get(iban),
    payout: {
      limits: { operationMinor: rules.limitOperationMinor, dayMinor: rules.limitDayMinor },
      requestedTodayMinor: (accountId) => state.requestedToday.get(accountId) ?? 0n,
      sentWithMinor: (amountMinor) => addToSum(sentBy(requester.id, state), amountMinor).amountMinor,
      stepUpAboveMinor: rules.stepUpAboveMinor,
      secondFactor,
    },
  };
}

/** Beyond what the requester may check by payees/verify, only agents see the result: otherwise requests would make it faster to guess names. */
function isCheckShown({ payeeCheck, requesterId }: Operation, { countComparison }: Deps, now: Date): boolean {
  if (payeeCheck === null || payeeCheck === 'not_possible') return true;
  return countComparison(requesterId, now);
}

function hold(operation: Operation, state: BatchState): void {
  const account = state.locked.get(operation.heldAccountId ?? '');
  if (account === undefined) throw new Error(`account ${operation.heldAccountId} has a hold without a lock`);
  account.heldMinor += amountOf(operation);
  state.heldOn.add(account);
}

function countPayout(
  { requester, secondFactor }: OperationRequest,
  operation: Operation,
  state: BatchState,
): void {
  const accountId = operation[definitionOf(operation).accountField] ?? '';
  const sent = sentBy(requester.id, state);
  // A code covers this request, and the sum starts again at zero.
  const next =
    secondFactor === 'verified' ? { ...sent, amountMinor: 0n } : addToSum(sent, amountOf(operation));
  state.newlySent.set(requester.id, next);
  state.requestedToday.set(accountId, (state.requestedToday.get(accountId) ?? 0n) + amountOf(operation));
}

function sentBy(userId: string, { newlySent, sent, today }: BatchState): DaySum {
  return sumOfDay(newlySent.get(userId) ?? sent.get(userId), today);
}
