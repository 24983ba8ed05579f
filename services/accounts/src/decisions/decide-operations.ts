import { retryOnDuplicateKey, type Transaction, transaction } from '@guichet/database';
import { type Problem, problems } from '@guichet/errors';
import type { OutboxMessage } from '@guichet/events';
import { enqueueAll } from '@guichet/outbox';
import { withinTrace } from '@guichet/tracing';
import { lockAccountsOfOperations, writeAccounts, writeBalances } from '../accounts/store.ts';
import type { Deps } from '../deps.ts';
import { findReplays, isKeyed, keepOutcomes, settleReplays } from '../idempotency/once.ts';
import type { Outcome, Refused } from '../idempotency/outcome.ts';
import { findReversedTransfers, findTransfers, insertEntries, insertTransfers } from '../ledger/store.ts';
import { deleteDueOperations, findDueOperations, writeDueOperations } from '../operations/due-store.ts';
import { datedMailed, decisionRefused, operationLogged, requesterMailed } from '../operations/events.ts';
import {
  findFiles,
  findFilesOfItems,
  findResolved,
  followFiles,
  idsOfAcceptances,
  idsOfFiles,
} from '../operations/file-store.ts';
import type { OperationEvent } from '../operations/kinds/actions.ts';
import { definitionOf } from '../operations/kinds/index.ts';
import { placeOf } from '../operations/kinds/suspense.ts';
import type { Operation, OperationState } from '../operations/operation.ts';
import { orderTold } from '../operations/order-events.ts';
import {
  findOrders,
  findOrdersOfPayments,
  idsOfOrders,
  lockOrders,
  writeOrders,
} from '../operations/order-store.ts';
import { insertOutgoing, lockOutgoing, writeOutgoing } from '../operations/outgoing-store.ts';
import { isOfBank } from '../operations/request.ts';
import type { StandingOrder } from '../operations/standing-order.ts';
import {
  findDecisions,
  insertDecisions,
  lockOperations,
  readOperations,
  writeOutcomes,
} from '../operations/store.ts';
import { refuseActor } from '../people/rules.ts';
import { findActive, holdPeople } from '../people/store.ts';
import { findRuns, followRuns } from '../products/run-store.ts';
import { drawIbans } from '../ribs/draw-ibans.ts';
import { insertRibs, retireRibs } from '../ribs/store.ts';
import { type Happening, hasWebhooks, queueMessages } from '../webhook-queue/queue-store.ts';
import { applyDecision } from './apply-decision.ts';
import type { BatchState, DecisionCommand } from './batch-state.ts';
import { happeningsOf } from './happenings.ts';
import { isAgentsAction } from './rules.ts';
import { namesNoCustomer } from './sole-approvals.ts';
import { findSoleApprovals, findSoleApprovalsOfFiles, writeSoleApprovals } from './sole-approvals-store.ts';

/**
 * Decides a batch of operations in one transaction, each independently, so that one bad item never fails the others.
 * Reads straight down: replays → lock people, operations and accounts, each in ascending id → refusals in the documented order → post or
 * release → write → events → outcomes → commit.
 * @returns an outcome for each command, in order
 */
export function decideOperations(
  deps: Deps,
  commands: readonly DecisionCommand[],
): Promise<Outcome<OperationState>[]> {
  // A random account number may be in use, or another replica may have stored an outcome under one of the keys: the next attempt finds it.
  const options = { isRepeatable: commands.every(isKeyed) };
  return retryOnDuplicateKey(() => transaction(deps.db, (trx) => decideIn(trx, deps, commands), options), {
    keyName: 'PRIMARY',
  });
}

async function decideIn(
  trx: Transaction,
  deps: Deps,
  commands: readonly DecisionCommand[],
): Promise<Outcome<OperationState>[]> {
  const now = deps.clock();
  const keys = commands.map(({ idempotency }) => idempotency);
  const operationIds = commands.map(({ operationId }) => operationId);
  const approvals = commands.filter(({ action }) => action === 'approve');
  const [replays, people, operations, accounts, sole, isHooked] = await trx.query(
    findReplays(keys),
    holdPeople(commands.flatMap(({ by }) => by?.id ?? [])),
    lockOperations(operationIds),
    lockAccountsOfOperations(operationIds),
    findSoleApprovals(
      approvals.map(({ operationId }) => operationId),
      approvals.flatMap(({ by }) => by?.id ?? []),
    ),
    hasWebhooks(),
  );
  const fresh = commands.filter((_, index) => replays[index] === null);
  const state = await gather(trx, deps, { people, operations, accounts, sole, now });

  const outcomes = new Map<DecisionCommand, OperationState | Refused>();
  const messages: OutboxMessage[] = [];
  const happenings: Happening[] = [];
  for (const command of fresh) {
    const operation = state.operations.get(command.operationId);
    const refusal =
      operation === undefined ? refuseUnknown(command, state) : applyDecision(command, operation, state);
    if (refusal !== null || operation === undefined) {
      outcomes.set(command, { refusal: refusal ?? problems.not_found() });
      if (refusal !== null && operation !== undefined)
        messages.push(
          ...withinTrace(command.trace, () => refusedDecisionLogged(command, operation, refusal, now)),
        );
      continue;
    }
    // A copy, because a later command of the batch may change the same operation.
    outcomes.set(command, {
      operation: { ...operation },
      decisions: state.decisions.get(operation.id) ?? [],
      dueOn: state.due.get(operation.id)?.dueOn ?? null,
      order: copyOf(state.orders.get(operation.id)),
      standingOrderId: state.orderOfPayment.get(operation.id) ?? null,
      file: state.files.get(operation.id) ?? null,
      fileOperationId: state.fileOfAcceptance.get(operation.id) ?? null,
      run: state.runs.get(operation.id) ?? null,
      runId: null,
    });
    // Before the events, which take the ones of the standing order.
    if (isHooked) happenings.push(...happeningsOf(operation, state));
    messages.push(...withinTrace(command.trace, () => eventsOf(command, operation, state)));
  }

  await trx.commit(
    insertDecisions(state.newDecisions),
    insertTransfers(state.transfers),
    insertOutgoing(state.newlyOutgoing),
    writeOutgoing(state.changedOutgoing),
    insertEntries(state.entries),
    writeBalances([...state.movedAccounts]),
    insertRibs(state.newRibs, now),
    retireRibs(state.retiredIbans, now),
    writeAccounts([...state.changedAccounts]),
    writeSoleApprovals(state.newlySole),
    ...writeOutcomes([...state.changedOperations]),
    writeDueOperations(state.newlyDue),
    deleteDueOperations(state.noLongerDue),
    writeOrders([...state.changedOrders]),
    ...followFiles([...state.changedOperations], state.fileOfAcceptance),
    ...followRuns([...state.changedOperations]),
    enqueueAll(messages),
    queueMessages(happenings, now),
    settleReplays(keys, replays),
    keepOutcomes(
      [...outcomes].map(([{ idempotency }, outcome]) => ({ idempotency, outcome })),
      now,
    ),
  );
  return commands.map(
    (command, index) => replays[index] ?? (outcomes.get(command) as OperationState | Refused),
  );
}

/** Only users who may decide may learn that an operation does not exist. */
function refuseUnknown({ by }: DecisionCommand, state: BatchState): Problem {
  return (by === null ? null : refuseActor(state.people.get(by.id), by)) ?? problems.not_found();
}

/** Reads what depends on the locked operations. */
async function gather(
  trx: Transaction,
  deps: Deps,
  locked: Pick<BatchState, 'people' | 'operations' | 'accounts' | 'sole' | 'now'>,
): Promise<BatchState> {
  const all = [...locked.operations.values()];
  const getIbans = all.filter((operation) => {
    const kind = definitionOf(operation);
    return !kind.movesMoney && kind.changes === 'account' && kind.givesIban;
  });
  const reversedIds = all.flatMap(({ reversesTransferId }) => reversesTransferId ?? []);
  const dated = all.filter(({ executeOn }) => executeOn !== null);
  const requestedOrders = idsOfOrders(all);
  const [
    decisions,
    due,
    orderOfPayment,
    requested,
    reversed,
    alreadyReversed,
    files,
    fileOfAcceptance,
    resolved,
    runs,
  ] = await trx.query(
    // If one approval is enough, an operation without a date has no decision yet.
    findDecisions([...all.filter((one) => one.requiredApprovals > 1), ...dated].map(({ id }) => id)),
    findDueOperations(dated.map(({ id }) => id)),
    findOrdersOfPayments(dated.map(({ id }) => id)),
    findOrders(requestedOrders),
    findTransfers(reversedIds),
    findReversedTransfers(reversedIds),
    findFiles(idsOfFiles(all)),
    findFilesOfItems(idsOfAcceptances(all)),
    findResolved(all.flatMap(({ id, kind }) => (kind.startsWith('suspense_') ? [id] : []))),
    findRuns(all.flatMap(({ id, kind }) => (kind === 'interest_run' ? [id] : []))),
  );
  const replaced = [...requested.values()].flatMap(({ replacesId }) => replacesId ?? []);
  const [orders, replacedOperations] = await trx.query(
    lockOrders([...requestedOrders, ...replaced, ...orderOfPayment.values()]),
    readOperations(replaced),
  );
  const agents = all.some(namesNoCustomer) ? [...locked.people.keys()] : [];
  const [outgoing, activeCustomers, lastPayments, , soleOfFiles] = await trx.query(
    lockOutgoing(reversedIds),
    findActive([...orders.values()].map(({ ownerId }) => ownerId)),
    // Under the locks of their orders, without which none is posted.
    readOperations(replaced.flatMap((id) => orders.get(id)?.lastOperationId ?? [])),
    // Only one transaction at a time counts what an agent approves that names no account to lock.
    holdPeople(agents, { alone: true }),
    findSoleApprovalsOfFiles(agents),
  );
  return {
    ...locked,
    sole: new Map([...locked.sole, ...soleOfFiles]),
    decisions,
    due,
    orders,
    activeCustomers,
    replaced: replacedOperations,
    lastPayments,
    orderOfPayment,
    reversed,
    alreadyReversed,
    files,
    fileOfAcceptance,
    runs,
    resolvedFrom: new Map([...resolved].map(([id, item]) => [id, placeOf(item)])),
    outgoing,
    newIbans: await drawIbans(trx, deps.rules, getIbans.length),
    newlySole: new Map(),
    today: deps.rules.calendar.dayOf(locked.now).from,
    date: deps.rules.calendar.dateOf(locked.now),
    secondAgentAboveMinor: deps.rules.secondAgentAboveMinor,
    changedOperations: new Set(),
    newlyDue: [],
    noLongerDue: [],
    changedOrders: new Set(),
    orderEvents: new Map(),
    movedAccounts: new Set(),
    changedAccounts: new Set(),
    newRibs: [],
    retiredIbans: [],
    settings: new Map(),
    newDecisions: [],
    transfers: [],
    newlyOutgoing: [],
    changedOutgoing: [],
    entries: [],
  };
}

/** The audit event of an agent's decision that the rules refused. That an agent may not decide at all is no rule of an operation. */
function refusedDecisionLogged(
  { action, by, correlationId }: DecisionCommand,
  operation: Operation,
  { code }: Problem,
  now: Date,
): OutboxMessage[] {
  if (by === null || !isAgentsAction(action) || Object.hasOwn(problems, code)) return [];
  return [decisionRefused({ operation, actor: by, decision: action, code, correlationId, now })];
}

/** The audit event of a decision, and the mail to the requester once it is final. */
function eventsOf(command: DecisionCommand, operation: Operation, state: BatchState): OutboxMessage[] {
  const owner = (id: string | null) => (id === null ? undefined : state.accounts.get(id)?.ownerId);
  const isPosted = operation.status === 'posted';
  // The payee is notified only once the transfer is posted.
  const payee = isPosted ? [owner(operation.toAccountId)] : [];
  const { correlationId, reason } = command;
  const common = { operation, correlationId, reason, now: state.now };
  const event = eventOf(command, operation);
  const dueOn = state.due.get(operation.id)?.dueOn;
  const mails = mailsOf(event, operation, state, common);
  const accountOf = (id: string | null) => (id === null ? undefined : state.accounts.get(id));
  const logged = operationLogged({
    ...common,
    event,
    actor: command.by,
    concerns: [owner(operation.accountId), owner(operation.heldAccountId), ...payee].flatMap(
      (id) => id ?? [],
    ),
    accountOf,
    change: isPosted ? state.settings.get(operation) : undefined,
    dueOn,
    standingOrderId: state.orderOfPayment.get(operation.id),
    mails,
  });
  const orders = (state.orderEvents.get(operation) ?? []).flatMap((happening) =>
    orderTold({ ...happening, correlationId, actor: command.by, now: state.now, accountOf }),
  );
  state.orderEvents.delete(operation);
  return [logged, ...mails, ...orders];
}

function copyOf(order: StandingOrder | undefined): StandingOrder | null {
  return order === undefined ? null : { ...order };
}

/** The event that a decision was. An operation that's still scheduled after its day came is postponed. */
function eventOf({ action }: DecisionCommand, { status }: Operation): OperationEvent {
  if (status === 'pending') throw new Error('a decision left an operation pending');
  return status === 'scheduled' && action === 'execute' ? 'postponed' : status;
}

/** The mails about a decision. A first approval is not final, requesters need no mail about their own cancellation, and the bank none about its own requests. */
function mailsOf(
  event: OperationEvent,
  operation: Operation,
  state: BatchState,
  common: { operation: Operation; correlationId: string | null; reason: string | null; now: Date },
): OutboxMessage[] {
  if (isOfBank(operation)) return [];
  const account = state.accounts.get(operation.accountId ?? operation.fromAccountId ?? '');
  const accountName = account?.name ?? null;
  const dueOn = state.due.get(operation.id)?.dueOn ?? null;
  if (event === 'scheduled' || event === 'postponed')
    return [datedMailed({ ...common, outcome: event, dueOn, accountName })];
  if (event !== 'posted' && event !== 'rejected' && event !== 'expired') return [];
  // What became of a payment is told with its standing order.
  if (event === 'expired' && state.orderOfPayment.has(operation.id)) return [];
  // Only one that could not be executed ends with a refusal.
  return operation.refusal === null
    ? [requesterMailed({ ...common, ending: event, accountName })]
    : [datedMailed({ ...common, outcome: 'failed', dueOn, accountName })];
}
