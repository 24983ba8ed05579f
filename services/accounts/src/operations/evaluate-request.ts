import type { OrderDates } from '@guichet/calendar';
import type { AccountType } from '@guichet/contract';
import { newId } from '@guichet/database';
import { Problem, problems } from '@guichet/errors';
import type { Account } from '../accounts/account.ts';
import type { AccountWithOwner, Payee } from '../accounts/store.ts';
import { addToSum, type DaySum, sumOfDay } from '../day-sum.ts';
import type { Deps } from '../deps.ts';
import { refuse } from '../errors.ts';
import type { PostedTransfer } from '../ledger/store.ts';
import type { FileItem, LockedItem, ReceivedFile } from '../payment-files/received-file.ts';
import { refuseActor } from '../people/rules.ts';
import type { Person } from '../people/store.ts';
import { type InterestLine, type InterestRun, type PlannedLine, totalsOf } from '../products/interest-run.ts';
import { isOurIban } from '../ribs/make-rib.ts';
import { definitionOf, takesHold } from './kinds/index.ts';
import type { KindDefinition, RequestFacts } from './kinds/kind.ts';
import { amountOf, type Operation, type OperationState } from './operation.ts';
import { isSent, type OutgoingTransfer } from './outgoing-store.ts';
import { type OperationRequest, requesterOf } from './request.ts';
import { anotherAgentCanDecide } from './rules.ts';
import type { StandingOrder } from './standing-order.ts';
import { waitingKey } from './store.ts';

/** The facts by which the requests of one batch are evaluated. Locked accounts belong to this transaction alone and change during the batch. */
export interface BatchState {
  activeAgents: readonly string[];
  /** Locked; exclusively if money would leave the bank. */
  requesters: ReadonlyMap<string, Person>;
  payees: ReadonlyMap<string, Payee>;
  /** The products that new accounts name, with their type of account. */
  products: ReadonlyMap<string, AccountType>;
  transfers: ReadonlyMap<string, PostedTransfer>;
  reversed: Set<string>;
  /** The transfers to other banks among those that are reversed; locked. */
  outgoing: ReadonlyMap<string, OutgoingTransfer>;
  /** The kinds and accounts of waiting requests that must wait alone, by `waitingKey`. */
  waiting: Set<string>;
  locked: ReadonlyMap<string, AccountWithOwner>;
  /** Accounts read without a lock, and those created in this batch. */
  others: Map<string, AccountWithOwner>;
  requestedToday: Map<string, bigint>;
  /** The standing orders that are replaced. */
  orders: ReadonlyMap<string, StandingOrder>;
  /** Digests of files and payments that were received, in hexadecimal. */
  received: Set<string>;
  /** The lines of interest runs, by `runKey`, or why there can't be one. */
  plannedRuns: Map<string, readonly PlannedLine[] | Problem>;
  /** Payments of files, locked. */
  items: ReadonlyMap<string, LockedItem>;
  /** The sum that each requester sent since their last code, and the sums that changed. */
  sent: ReadonlyMap<string, DaySum>;
  newlySent: Map<string, DaySum>;
  today: Date;
  now: Date;
  // The changes to write.
  accepted: { request: OperationRequest; operation: Operation }[];
  opened: Account[];
  ordered: StandingOrder[];
  files: { file: ReceivedFile; payments: FileItem[]; digests: Buffer[] }[];
  resolved: { id: string; resolutionId: string }[];
  acceptances: { id: string; acceptanceId: string }[];
  runs: { run: InterestRun; lines: InterestLine[] }[];
  heldOn: Set<Account>;
}

type Draftable = Omit<OperationRequest, 'idempotency'>;
type Drafted = Exclude<ReturnType<KindDefinition['draft']>, Problem>;

/** A batch with these facts and no changes yet. */
export function newBatchState(known: Partial<BatchState> & Pick<BatchState, 'today' | 'now'>): BatchState {
  return {
    activeAgents: [],
    requesters: new Map(),
    payees: new Map(),
    products: new Map(),
    transfers: new Map(),
    reversed: new Set(),
    outgoing: new Map(),
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
    files: [],
    resolved: [],
    acceptances: [],
    runs: [],
    plannedRuns: new Map(),
    received: new Set(),
    items: new Map(),
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
  const { input } = request;
  const kind = definitionOf(input);
  const isUnfit = refuseRequester(request, state);
  if (isUnfit !== null) return isUnfit;
  const isInvalid = kind.refuseInput?.(input, deps.rules.calendar.dateOf(state.now)) ?? null;
  if (isInvalid !== null) return isInvalid;
  if (!anotherAgentCanDecide(state.activeAgents, requesterOf(request).id)) return refuse.no_active_agent();

  const drafted = draftOperation(request, state, deps);
  if (drafted instanceof Problem) return drafted;
  const { operation, opens, order, received, resolves, accepts, planned } = drafted;

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
  const file = received === undefined ? null : receive(operation, received, state);
  if (resolves !== undefined) resolve(operation, resolves, state);
  if (accepts !== undefined) acceptDuplicate(operation, accepts, state);
  const run = planned === undefined ? null : prepareRun(operation, planned, state);
  return {
    operation,
    decisions: [],
    dueOn: null,
    order,
    standingOrderId: null,
    file,
    fileOperationId: accepts?.fileId ?? null,
    run,
    runId: null,
  };
}

/** Refuses a requester who isn't active in their role, or who may not request this kind. The bank itself receives files, and requests nothing else. */
function refuseRequester({ input, requester }: Draftable, { requesters }: BatchState): Problem | null {
  const { requestedBy, postsFile } = definitionOf(input);
  if (requester === null) return postsFile === true ? null : problems.forbidden();
  const isUnfit = refuseActor(requesters.get(requester.id), requester);
  if (isUnfit !== null) return isUnfit;
  // Agents request only what members may not request, and vice versa.
  return (requestedBy === 'agent') === (requester.role === 'agent') ? null : problems.forbidden();
}

/** The new operation of a request, with the account that it opens or the standing order that it begins; or the refusal of its kind. */
export function draftOperation(
  request: Draftable,
  state: BatchState,
  deps: Deps,
):
  | {
      operation: Operation;
      opens: Account | undefined;
      order: StandingOrder | null;
      received: Drafted['file'];
      resolves: Drafted['resolves'];
      accepts: Drafted['accepts'];
      planned: Drafted['run'];
    }
  | Problem {
  const kind = definitionOf(request.input);
  const facts = factsFor(request, state, deps);
  const drafted = kind.draft(request.input, facts);
  if (drafted instanceof Problem) return drafted;
  const { opens, terms, file: received, resolves, accepts, run: planned, ...fields } = drafted;
  if (opens !== undefined) state.others.set(opens.id, { ...opens, ownerName: '' });
  const operation = newOperation(request, fields, state, deps);
  const order = terms === undefined ? null : orderOf(operation, terms);
  return kind.refuse(operation, facts) ?? { operation, opens, order, received, resolves, accepts, planned };
}

/** The key of an interest run among those that are planned. */
export const runKey = (month: string, currency: string): string => `${month} ${currency}`;

/** The interest run of a request, to be stored with its lines. */
function prepareRun(
  { id, currency }: Operation,
  { month, lines }: NonNullable<Drafted['run']>,
  state: BatchState,
): InterestRun {
  const run: InterestRun = {
    operationId: id,
    month,
    currency,
    state: 'requested',
    ...totalsOf(lines),
    nextNumber: 0,
  };
  const numbered = lines.map((line, number) => ({
    ...line,
    id: newId(state.now),
    runId: id,
    number,
    status: 'pending' as const,
    reason: null,
  }));
  state.runs.push({ run, lines: numbered });
  // The next request of the batch finds it taken.
  for (const key of state.plannedRuns.keys()) state.plannedRuns.set(key, refuse.already_requested());
  return run;
}

/** The file that a request brings, to be stored with it. */
function receive(
  { id }: Operation,
  { messageId, totalMinor, delivery, payments, digests }: NonNullable<Drafted['file']>,
  state: BatchState,
): ReceivedFile {
  const file = {
    operationId: id,
    messageId,
    count: payments.length,
    totalMinor,
    delivery,
    state: 'requested' as const,
  };
  state.files.push({ file, payments: payments.map((one) => ({ ...one, fileId: id })), digests });
  for (const digest of digests) state.received.add(digest.toString('hex'));
  return file;
}

function resolve({ id }: Operation, itemId: string, { items, resolved }: BatchState): void {
  const item = items.get(itemId);
  // The next request of the batch finds it taken.
  if (item !== undefined) item.resolutionId = id;
  resolved.push({ id: itemId, resolutionId: id });
}

function acceptDuplicate(
  { id }: Operation,
  accepted: NonNullable<Drafted['accepts']>,
  { items, acceptances }: BatchState,
): void {
  const item = items.get(accepted.id);
  // The next request of the batch finds it taken.
  if (item !== undefined) item.acceptanceId = id;
  acceptances.push({ id: accepted.id, acceptanceId: id });
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
  request: Draftable,
  fields: Partial<Operation> & Pick<Operation, 'currency'>,
  { now }: BatchState,
  { rules }: Deps,
): Operation {
  const { input, correlationId } = request;
  const kind = definitionOf(input);
  const requester = requesterOf(request);
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
  const { input, secondFactor } = request;
  const requester = requesterOf(request);
  const { transfers, reversed, outgoing, waiting, payees, products, orders, now } = state;
  return {
    moment: 'request',
    now,
    newId: () => newId(now),
    isReceived: (digest) => state.received.has(digest),
    item: (id) => state.items.get(id),
    requesterId: requester.id,
    account: (id) => (id === null ? undefined : (state.locked.get(id) ?? state.others.get(id))),
    order: (id) => (id === null ? undefined : orders.get(id)),
    transfer: (id) => transfers.get(id),
    isReversed: (id) => id !== null && reversed.has(id),
    isSent: (id) => isSent(outgoing.get(id ?? '')),
    isRequested: (id) => id !== null && waiting.has(waitingKey(input.kind, id)),
    isOurIban: (iban) => isOurIban(iban, rules),
    payee: (iban) => payees.get(iban),
    productType: (code) => products.get(code),
    plannedRun: (month, currency) =>
      state.plannedRuns.get(runKey(month, currency)) ?? refuse.month_not_over(),
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

function countPayout(request: OperationRequest, operation: Operation, state: BatchState): void {
  const requester = requesterOf(request);
  const accountId = operation[definitionOf(operation).accountField] ?? '';
  const sent = sentBy(requester.id, state);
  // A code covers this request, and the sum starts again at zero.
  const next =
    request.secondFactor === 'verified' ? { ...sent, amountMinor: 0n } : addToSum(sent, amountOf(operation));
  state.newlySent.set(requester.id, next);
  state.requestedToday.set(accountId, (state.requestedToday.get(accountId) ?? 0n) + amountOf(operation));
}

function sentBy(userId: string, { newlySent, sent, today }: BatchState): DaySum {
  return sumOfDay(newlySent.get(userId) ?? sent.get(userId), today);
}
