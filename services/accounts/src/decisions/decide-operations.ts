import { constant, isDuplicateKey, type Pipeline, pipelinedTransaction } from '@guichet/database';
import { type Problem, problems } from '@guichet/errors';
import type { OutboxMessage } from '@guichet/events';
import { enqueueAll } from '@guichet/outbox';
import { lockAccountsOfOperations, writeBalances, writeLifecycle, writeSettings } from '../accounts/store.ts';
import type { Bank } from '../bank.ts';
import type { Answer, Answered } from '../idempotency/answer.ts';
import { findReplays, keepAnswers, settleReplays } from '../idempotency/answer-once.ts';
import { findReversedTransfers, findTransfers, insertEntries, insertTransfers } from '../ledger/store.ts';
import { operationLogged, requesterMailed } from '../operations/events.ts';
import type { Operation } from '../operations/operation.ts';
import { findDecisions, insertDecisions, lockOperations, writeOutcomes } from '../operations/store.ts';
import { viewOperation } from '../operations/views.ts';
import { refuseActor } from '../people/rules.ts';
import { holdPeople } from '../people/store.ts';
import { drawIbans } from '../ribs/draw-ibans.ts';
import { insertRib, retireRib } from '../ribs/store.ts';
import { findSoleApprovals, writeSoleApprovals } from './sole-approvals-store.ts';
import { takeVerdict } from './take-verdict.ts';
import type { Ruling, Work } from './work.ts';

/**
 * Decides operations, as many as came together, in one transaction; each on its own, so that one bad item never fails its neighbours.
 * Reads straight down: replays → lock people, operations and accounts, each in ascending id → refusals in the documented order → post or
 * release → write → events → answers → commit.
 * @returns an answer for each ruling, in order
 */
export async function decideOperations(bank: Bank, rulings: readonly Ruling[]): Promise<Answered[]> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await pipelinedTransaction(bank.db, (trx) => decideIn(trx, bank, rulings));
    } catch (error) {
      // A random account number that is taken already, or a key that another replica answered: a new round has neither.
      if (attempt === 3 || !isDuplicateKey(error, 'PRIMARY')) throw error;
    }
  }
}

async function decideIn(trx: Pipeline, bank: Bank, rulings: readonly Ruling[]): Promise<Answered[]> {
  const now = bank.clock();
  const operationIds = rulings.map(({ operationId }) => operationId);
  const approvals = rulings.filter(({ verdict }) => verdict === 'approve');
  const [replays, people, operations, accounts, sole] = await trx.query(
    findReplays(rulings.map(({ idempotency }) => idempotency)),
    holdPeople(rulings.flatMap(({ by }) => by?.id ?? [])),
    lockOperations(operationIds),
    lockAccountsOfOperations(operationIds),
    findSoleApprovals(
      approvals.map(({ operationId }) => operationId),
      approvals.flatMap(({ by }) => by?.id ?? []),
    ),
  );
  const fresh = rulings.filter((_, index) => replays[index] === null);
  const work = await gather(trx, bank, { people, operations, accounts, sole, now });

  const answers = new Map<Ruling, Answer>();
  const messages: OutboxMessage[] = [];
  for (const ruling of fresh) {
    const operation = work.operations.get(ruling.operationId);
    const refusal =
      operation === undefined ? refuseUnknown(ruling, work) : takeVerdict(ruling, operation, work);
    if (refusal !== null) {
      answers.set(ruling, { refusal });
      continue;
    }
    const decided = operation as Operation;
    answers.set(ruling, { status: 200, body: viewOperation(decided, work.decisions.get(decided.id) ?? []) });
    messages.push(...tell(ruling, decided, work));
  }

  await trx.commit(
    insertDecisions(work.newDecisions),
    insertTransfers(work.transfers),
    insertEntries(work.entries),
    writeBalances([...work.moved]),
    ...work.lifecycles.flatMap(({ account, newIban, retiredIban }) => [
      retiredIban === null ? constant(undefined) : retireRib(retiredIban, now),
      newIban === null ? constant(undefined) : insertRib(newIban, account.id, now),
      writeLifecycle(account),
    ]),
    ...[...work.settings.values()].map(({ account }) => writeSettings(account)),
    writeSoleApprovals(work.newlySole),
    writeOutcomes([...work.changed]),
    enqueueAll(messages),
    settleReplays(
      rulings.map(({ idempotency }) => idempotency),
      replays,
    ),
    keepAnswers(
      fresh.map((ruling) => ({ key: ruling.idempotency, answer: answers.get(ruling) as Answer })),
      now,
    ),
  );
  return rulings.map(
    (ruling, index) => replays[index] ?? { answer: answers.get(ruling) as Answer, replayed: false },
  );
}

/** Only users who may decide may learn that an operation does not exist. */
function refuseUnknown({ by }: Ruling, work: Work): Problem {
  return (by === null ? null : refuseActor(work.people.get(by.id), by)) ?? problems.not_found();
}

async function gather(
  trx: Pipeline,
  bank: Bank,
  {
    people,
    operations,
    accounts,
    sole,
    now,
  }: Pick<Work, 'people' | 'operations' | 'accounts' | 'sole' | 'now'>,
): Promise<Work> {
  const all = [...operations.values()];
  const renumbered = all.filter(({ kind }) => kind === 'open_account' || kind === 'renew_rib');
  const reversedIds = all.flatMap(({ reversesTransferId }) => reversesTransferId ?? []);
  const [decisions, reversed, alreadyReversed] = await trx.query(
    // Where one approval is enough, whatever waits has no decision yet.
    findDecisions(all.filter((one) => one.requiredApprovals > 1).map(({ id }) => id)),
    findTransfers(reversedIds),
    findReversedTransfers(reversedIds),
  );
  return {
    people,
    operations,
    decisions,
    accounts,
    reversed,
    alreadyReversed,
    newIbans: await drawIbans(trx, bank.rules, renumbered.length),
    sole,
    newlySole: new Map(),
    today: bank.rules.calendar.dayOf(now).from,
    secondAgentAboveMinor: bank.rules.secondAgentAboveMinor,
    now,
    changed: new Set(),
    moved: new Set(),
    lifecycles: [],
    settings: new Map(),
    newDecisions: [],
    transfers: [],
    entries: [],
  };
}

/** The log entry of what was decided, and the mail to the requester once it is final. */
function tell(ruling: Ruling, operation: Operation, work: Work) {
  const owner = (id: string | null) => (id === null ? undefined : work.accounts.get(id)?.ownerId);
  // Who is paid learns of it when it is posted, and of nothing before.
  const paid = operation.status === 'posted' ? [owner(operation.toAccountId)] : [];
  const touched = [owner(operation.accountId), owner(operation.heldAccountId), ...paid].flatMap(
    (id) => id ?? [],
  );
  const told = { operation, correlationId: ruling.correlationId, now: work.now };
  const logged = operationLogged({
    ...told,
    event: operation.status,
    actor: ruling.by,
    concerns: touched,
    reason: ruling.reason,
    change: operation.status === 'posted' ? work.settings.get(operation)?.change : undefined,
  });
  if (operation.status === 'approved' || operation.status === 'cancelled') return [logged];
  const account = work.accounts.get(operation.accountId ?? operation.fromAccountId ?? '');
  return [logged, requesterMailed({ ...told, reason: ruling.reason, accountName: account?.name ?? null })];
}
