import { constant, retryOnDuplicateKey, type Transaction, transaction } from '@guichet/database';
import { Problem } from '@guichet/errors';
import { enqueueAll } from '@guichet/outbox';
import { withinTrace } from '@guichet/tracing';
import type { Account } from '../accounts/account.ts';
import { findPayees, insertAccounts, lockAccounts, readAccounts, writeBalances } from '../accounts/store.ts';
import type { Deps } from '../deps.ts';
import { findReplays, isKeyed, keepOutcomes, settleReplays } from '../idempotency/once.ts';
import type { Outcome, Refused } from '../idempotency/outcome.ts';
import { findTransfers, type PostedTransfer } from '../ledger/store.ts';
import { holdPeople, someActiveAgents } from '../people/store.ts';
import type { PlannedLine } from '../products/interest-run.ts';
import { insertRun, planRun } from '../products/run-store.ts';
import { findTypesOf } from '../products/store.ts';
import { isOurIban } from '../ribs/make-rib.ts';
import { findSentSums, writeSentSums } from '../step-up/store.ts';
import { aboutOperation, hasWebhooks, queueMessages } from '../webhook-queue/queue-store.ts';
import { type BatchState, evaluateRequest, newBatchState, runKey } from './evaluate-request.ts';
import { operationLogged } from './events.ts';
import { findReceived, insertFile, lockItems, writeAcceptances, writeResolutions } from './file-store.ts';
import { definitionOf, LEAVING_KINDS } from './kinds/index.ts';
import type { Operation, OperationState } from './operation.ts';
import { findOrders, insertOrders } from './order-store.ts';
import { lockOutgoing } from './outgoing-store.ts';
import type { OperationRequest } from './request.ts';
import { findReversed, findWaitingFor, insertOperations, lockOperations, sumRequestedOf } from './store.ts';

/**
 * Requests a batch of operations in one transaction: each is evaluated independently, in the order of arrival, and takes its hold immediately. Reads
 * straight down: replays → locks of people, operations and accounts, and other reads → refusals and holds → write → events → outcomes → commit.
 * @returns an outcome for each request, in order
 */
export function requestOperations(
  deps: Deps,
  requests: readonly OperationRequest[],
): Promise<Outcome<OperationState>[]> {
  // Another replica may have stored an outcome under one of the keys: the next attempt finds it.
  const options = { isRepeatable: requests.every(isKeyed) };
  return retryOnDuplicateKey(() => transaction(deps.db, (trx) => requestIn(trx, deps, requests), options), {
    keyName: 'PRIMARY',
  });
}

async function requestIn(
  trx: Transaction,
  deps: Deps,
  requests: readonly OperationRequest[],
): Promise<Outcome<OperationState>[]> {
  const now = deps.clock();
  const keys = requests.map(({ idempotency }) => idempotency);
  const [replays, transfers, isHooked] = await trx.query(
    findReplays(keys),
    findTransfers(requests.flatMap(({ input }) => definitionOf(input).namedTransfer?.(input) ?? [])),
    hasWebhooks(),
  );
  const fresh = requests.filter((_, index) => replays[index] === null);
  const state = await gather(trx, deps, fresh, transfers, now);

  const outcomes = new Map<OperationRequest, OperationState | Refused>();
  for (const request of fresh) {
    const evaluated = evaluateRequest(request, state, deps);
    outcomes.set(request, evaluated instanceof Problem ? { refusal: evaluated } : evaluated);
  }

  for (const received of state.files) await insertFile(trx, received);
  for (const run of state.runs) await insertRun(trx, run);
  await trx.commit(
    insertAccounts(state.opened),
    insertOperations(state.accepted.map(({ operation }) => operation)),
    insertOrders(state.ordered),
    ...writeResolutions(state.resolved),
    ...writeAcceptances(state.acceptances),
    writeBalances([...state.heldOn]),
    writeSentSums(state.newlySent),
    enqueueAll(
      state.accepted.map(({ request, operation }) =>
        withinTrace(request.trace, () =>
          operationLogged({
            operation,
            event: 'requested',
            actor: request.requester,
            concerns: ownersConcerned(operation, state),
            accountOf: (id) => accountIn(state, id),
            correlationId: request.correlationId,
            now,
          }),
        ),
      ),
    ),
    queueMessages(
      isHooked
        ? state.accepted.map(({ operation }) =>
            aboutOperation('operation.requested', operation.id, operation.requesterId),
          )
        : [],
      now,
    ),
    settleReplays(keys, replays),
    keepOutcomes(
      [...outcomes].map(([{ idempotency }, outcome]) => ({ idempotency, outcome })),
      now,
    ),
  );
  return requests.map(
    (request, index) => replays[index] ?? (outcomes.get(request) as OperationState | Refused),
  );
}

/** Locks and reads the facts by which the requests are evaluated. */
async function gather(
  trx: Transaction,
  deps: Deps,
  requests: readonly OperationRequest[],
  transfers: ReadonlyMap<string, PostedTransfer>,
  now: Date,
): Promise<BatchState> {
  const held = new Set(requests.flatMap(({ input }) => definitionOf(input).holdsOn(input, transfers) ?? []));
  const alone = requests.flatMap(({ input }) => {
    const accountId = definitionOf(input).waitsAloneFor?.(input);
    return accountId === undefined ? [] : [{ kind: input.kind, accountId }];
  });
  const toLock = new Set([...held, ...alone.map(({ accountId }) => accountId)]);
  const reads = requests.map(({ input }) => definitionOf(input).reads(input));
  const leaving = requests.filter(({ input }) => definitionOf(input).leavesBank);
  const limited = leaving.flatMap(({ input }) => definitionOf(input).holdsOn(input, transfers) ?? []);
  const today = deps.rules.calendar.dayOf(now);
  const allAreLimited = deps.rules.limitDayMinor !== null;
  const [
    requesters,
    activeAgents,
    ,
    locked,
    read,
    payees,
    products,
    orders,
    outgoing,
    reversed,
    waiting,
    requestedOfAll,
    sent,
  ] = await trx.query(
    // Only one transaction at a time counts what a member sends, whichever account it leaves.
    holdPeople(
      requests.flatMap(({ requester }) => requester?.id ?? []),
      { alone: leaving.length > 0 },
    ),
    requests.length === 0 ? constant([]) : someActiveAgents(),
    // Only one transaction at a time checks whether a transfer was reversed: a lock on the held account is not enough, because not every reversal
    // takes a hold.
    lockOperations(transfers.keys()),
    lockAccounts(toLock),
    readAccounts(reads.flatMap(({ accounts = [] }) => accounts.filter((id) => !toLock.has(id)))),
    findPayees(reads.flatMap(({ ibans = [] }) => ibans.filter((iban) => isOurIban(iban, deps.rules)))),
    findTypesOf(reads.flatMap(({ products: codes = [] }) => codes)),
    findOrders(reads.flatMap(({ orders: ids = [] }) => ids)),
    // A batch takes no transfer whose reversal it sees, and it sees this one: it locks the same row.
    lockOutgoing(transfers.keys()),
    findReversed([...transfers.keys()]),
    // These two read under the locks of the accounts, which an earlier statement has taken.
    findWaitingFor(alone),
    sumRequestedOf(LEAVING_KINDS, allAreLimited ? limited : [], today),
    findSentSums(leaving.flatMap(({ requester }) => requester?.id ?? [])),
  );
  const limitedAlone = limited.filter((id) => locked.get(id)?.limitDayMinor != null);
  const [requestedOfSome, items] = await trx.query(
    sumRequestedOf(LEAVING_KINDS, allAreLimited ? [] : limitedAlone, today),
    lockItems(reads.flatMap(({ items: ids = [] }) => ids)),
  );
  const received = await findReceived(
    trx,
    requests.flatMap(({ input }) => definitionOf(input).digests?.(input) ?? []),
  );
  const plannedRuns = new Map<string, readonly PlannedLine[] | Problem>();
  for (const { month, currency } of reads.flatMap(({ interest = [] }) => interest))
    plannedRuns.set(runKey(month, currency), await planRun(trx, month, currency));
  return newBatchState({
    plannedRuns,
    activeAgents,
    requesters,
    payees,
    products,
    orders,
    transfers,
    reversed,
    outgoing,
    waiting,
    locked,
    others: new Map([...[...payees.values()].map(({ account }) => [account.id, account] as const), ...read]),
    requestedToday: allAreLimited ? requestedOfAll : requestedOfSome,
    sent,
    items,
    received,
    today: today.from,
    now,
  });
}

/** An agent's request also concerns the account's owner. */
function ownersConcerned(operation: Operation, state: BatchState): string[] {
  const id = operation[definitionOf(operation).accountField] ?? '';
  const account = state.locked.get(id) ?? state.others.get(id);
  return account === undefined ? [] : [account.ownerId];
}

function accountIn({ locked, others, opened }: BatchState, id: string | null): Account | undefined {
  if (id === null) return undefined;
  return locked.get(id) ?? others.get(id) ?? opened.find((one) => one.id === id);
}
