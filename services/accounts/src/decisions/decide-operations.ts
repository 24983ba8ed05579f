import { ask, isDuplicateKey, nothing, type Transaction, transaction } from '@guichet/database';
import { type Problem, problems } from '@guichet/errors';
import type { Actor, OutboxMessage } from '@guichet/events';
import { enqueueAll } from '@guichet/outbox';
import { type Account, houseAccount, isHouseAccount } from '../accounts/account.ts';
import { lockAccounts, writeBalances, writeLifecycle } from '../accounts/store.ts';
import type { Bank } from '../bank.ts';
import { refuse } from '../errors.ts';
import type { Answer, Answered, IdempotencyKey } from '../idempotency/answer.ts';
import { findReplays, keepAnswers } from '../idempotency/answer-once.ts';
import { type Posting, postTransfer } from '../ledger/post-transfer.ts';
import {
  type Entry,
  findReversedTransfers,
  findTransfers,
  insertEntries,
  insertTransfers,
  type LedgerTransfer,
} from '../ledger/store.ts';
import { operationLogged, requesterMailed } from '../operations/events.ts';
import { TRANSITIONS } from '../operations/kinds.ts';
import type { Decision, Operation } from '../operations/operation.ts';
import { refuseClosing, refuseCredit } from '../operations/rules.ts';
import { findDecisions, insertDecisions, lockOperations, writeOutcomes } from '../operations/store.ts';
import { viewOperation } from '../operations/views.ts';
import { findOwners, type Person } from '../people/store.ts';
import { drawIbans } from '../ribs/draw-ibans.ts';
import { findRibs, insertRib, type KnownRib, retireRib } from '../ribs/store.ts';
import { isAgentsVerdict, refuseVerdict, stepOf, type Verdict } from './rules.ts';

/** A verdict on one operation, whose it is (null: time's), and how its answer is found again. */
export interface Ruling {
  operationId: string;
  verdict: Verdict;
  by: Actor | null;
  reason: string | null;
  correlationId: string | null;
  idempotency: IdempotencyKey | null;
}

/**
 * Decides operations, as many as came together, in one transaction; each on its own, so that one bad item never fails its neighbours.
 * Reads straight down: replays → lock operations, then accounts, each in ascending id → refusals in the documented order → post or
 * release → write → events → answers → commit.
 * @returns an answer for each ruling, in order
 */
export async function decideOperations(bank: Bank, rulings: readonly Ruling[]): Promise<Answered[]> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await transaction(bank.db, (trx) => decideIn(trx, bank, rulings));
    } catch (error) {
      // A random account number that is taken already, or a key that another replica answered: a new round has neither.
      if (attempt === 3 || !isDuplicateKey(error, 'PRIMARY')) throw error;
    }
  }
}

/** Everything that one batch works on; what is locked is this transaction's alone, and changes as it goes. */
interface Work {
  operations: ReadonlyMap<string, Operation>;
  decisions: Map<string, Decision[]>;
  accounts: ReadonlyMap<string, Account>;
  people: ReadonlyMap<string, Person>;
  ribs: ReadonlyMap<string, KnownRib>;
  reversed: ReadonlyMap<string, LedgerTransfer>;
  alreadyReversed: Set<string>;
  /** One for each account that may be given another. */
  newIbans: string[];
  now: Date;
  // What is to be written.
  changed: Set<Operation>;
  moved: Set<Account>;
  lifecycles: { account: Account; newIban: string | null; retiredIban: string | null }[];
  newDecisions: Decision[];
  transfers: LedgerTransfer[];
  entries: Entry[];
}

async function decideIn(trx: Transaction, bank: Bank, rulings: readonly Ruling[]): Promise<Answered[]> {
  const now = bank.clock();
  const [replays, operations] = await ask(
    trx,
    findReplays(rulings.map(({ idempotency }) => idempotency)),
    lockOperations(rulings.map(({ operationId }) => operationId)),
  );
  const fresh = rulings.filter((_, index) => replays[index] === null);
  const work = await gather(trx, bank, operations, now);

  const answers = new Map<Ruling, Answer>();
  const messages: OutboxMessage[] = [];
  for (const ruling of fresh) {
    const operation = work.operations.get(ruling.operationId);
    const refusal = operation === undefined ? problems.not_found() : rule(ruling, operation, work);
    if (refusal !== null) {
      answers.set(ruling, { refusal });
      continue;
    }
    const decided = operation as Operation;
    answers.set(ruling, { status: 200, body: viewOperation(decided, work.decisions.get(decided.id) ?? []) });
    messages.push(...tell(ruling, decided, work));
  }

  await ask(
    trx,
    insertDecisions(work.newDecisions),
    insertTransfers(work.transfers),
    insertEntries(work.entries),
    writeBalances([...work.moved]),
    ...work.lifecycles.flatMap(({ account, newIban, retiredIban }) => [
      retiredIban === null ? nothing(undefined) : retireRib(retiredIban, now),
      newIban === null ? nothing(undefined) : insertRib(newIban, account.id, now),
      writeLifecycle(account),
    ]),
    writeOutcomes([...work.changed]),
    enqueueAll(messages),
    keepAnswers(
      fresh.map((ruling) => ({ key: ruling.idempotency, answer: answers.get(ruling) as Answer })),
      now,
    ),
  );
  return rulings.map(
    (ruling, index) => replays[index] ?? { answer: answers.get(ruling) as Answer, replayed: false },
  );
}

async function gather(
  trx: Transaction,
  bank: Bank,
  operations: ReadonlyMap<string, Operation>,
  now: Date,
): Promise<Work> {
  const all = [...operations.values()];
  const accountIds = new Set(
    all.flatMap((one) => [one.accountId ?? [], one.fromAccountId ?? [], one.toAccountId ?? []].flat()),
  );
  const renumbered = all.filter(({ kind }) => kind === 'open_account' || kind === 'renew_rib');
  const reversedIds = all.flatMap(({ reversesTransferId }) => reversesTransferId ?? []);
  const [accounts, decisions, people, ribs, reversed, alreadyReversed] = await ask(
    trx,
    lockAccounts(accountIds),
    findDecisions(operations.keys()),
    findOwners(accountIds),
    findRibs(
      all.flatMap(({ toIban, toAccountId }) => (toIban !== null && toAccountId !== null ? [toIban] : [])),
    ),
    findTransfers(reversedIds),
    findReversedTransfers(reversedIds),
  );
  return {
    operations,
    decisions,
    accounts,
    people,
    ribs,
    reversed,
    alreadyReversed,
    newIbans: await drawIbans(trx, bank.rules, renumbered.length),
    now,
    changed: new Set(),
    moved: new Set(),
    lifecycles: [],
    newDecisions: [],
    transfers: [],
    entries: [],
  };
}

/** Takes one verdict. @returns what refused it, or null where it was taken */
function rule(ruling: Ruling, operation: Operation, work: Work): Problem | null {
  const { verdict, by } = ruling;
  // Whose request it is not may not even know of it.
  if (verdict === 'cancel' && operation.requesterId !== by?.id) return problems.not_found();
  if (verdict === 'expire' && operation.expiresAt.getTime() > work.now.getTime()) return refuse.not_pending();
  const decisions = work.decisions.get(operation.id) ?? [];
  const refusal = refuseVerdict(verdict, by?.id ?? null, operation, decisions);
  if (refusal !== null) return refusal;

  const step = stepOf(verdict, operation, decisions);
  if (step === 'approve') {
    const unpostable = refusePosting(operation, work);
    if (unpostable !== null) {
      // It stays pending, and says why to whoever looks at it next.
      operation.refusal = unpostable.code;
      work.changed.add(operation);
      return unpostable;
    }
    post(operation, work);
  } else if (step !== 'approve_first') {
    release(operation, verdict === 'reject', work);
  }

  operation.status = TRANSITIONS[operation.status][step] ?? operation.status;
  operation.refusal = null;
  if (step !== 'approve_first') operation.decidedAt = work.now;
  work.changed.add(operation);
  if (isAgentsVerdict(verdict) && by !== null) {
    const decision: Decision = {
      operationId: operation.id,
      agentId: by.id,
      agentUsername: by.username,
      decision: verdict,
      reason: ruling.reason,
      decidedAt: work.now,
    };
    work.newDecisions.push(decision);
    work.decisions.set(operation.id, [...decisions, decision]);
  }
  return null;
}

/** What keeps an approved operation from being posted, in the documented order. */
function refusePosting(operation: Operation, work: Work): Problem | null {
  const touched = [operation.accountId, operation.fromAccountId, operation.toAccountId].flatMap((id) =>
    id === null ? [] : (work.accounts.get(id) ?? []),
  );
  if (operation.kind === 'open_account') {
    return touched[0]?.status === 'pending' ? null : refuse.account_not_open();
  }
  if (operation.kind === 'close_account') {
    return touched[0] === undefined ? refuse.account_not_open() : refuseClosing(touched[0]);
  }
  if (touched.some(({ status }) => status !== 'open')) return refuse.account_not_open();
  if (touched.some(({ currency }) => currency !== operation.currency)) return refuse.currency_mismatch();
  if (operation.toIban !== null && work.ribs.get(operation.toIban)?.retiredAt) return refuse.retired_rib();
  const { reversesTransferId } = operation;
  if (reversesTransferId !== null && work.alreadyReversed.has(reversesTransferId))
    return refuse.already_reversed();
  const credited = work.accounts.get(
    (operation.kind === 'deposit' ? operation.accountId : operation.toAccountId) ?? '',
  );
  if (credited === undefined || operation.amountMinor === null) return null;
  return refuseCredit(credited, operation.amountMinor);
}

/** Does what was asked for. After this point it must succeed. */
function post(operation: Operation, work: Work): void {
  const { now } = work;
  if (operation.amountMinor === null) {
    const account = work.accounts.get(operation.accountId ?? '') as Account;
    if (operation.kind === 'close_account') {
      Object.assign(account, { status: 'closed', closedAt: now });
      work.lifecycles.push({ account, newIban: null, retiredIban: null });
      return;
    }
    const retiredIban = account.iban;
    account.iban = work.newIbans.pop() as string;
    if (operation.kind === 'open_account') Object.assign(account, { status: 'open', openedAt: now });
    work.lifecycles.push({ account, newIban: account.iban, retiredIban });
    return;
  }
  releaseHold(operation, work);
  const funded = { ...operation, amountMinor: operation.amountMinor };
  const { transfer, entries } = postTransfer(funded, postingOf(operation, work), work.accounts, now);
  for (const { accountId } of entries) {
    const account = work.accounts.get(accountId);
    if (account !== undefined) work.moved.add(account);
  }
  if (transfer.reversesId !== null) work.alreadyReversed.add(transfer.reversesId);
  work.transfers.push(transfer);
  work.entries.push(...entries);
  operation.transferId = transfer.id;
}

/** Lets go of what a request reserved, and of an account that was asked for and will not be. */
function release(operation: Operation, rejected: boolean, work: Work): void {
  releaseHold(operation, work);
  if (operation.kind !== 'open_account') return;
  const account = work.accounts.get(operation.accountId ?? '');
  if (account === undefined) return;
  account.status = rejected ? 'rejected' : 'closed';
  account.closedAt = rejected ? null : work.now;
  work.lifecycles.push({ account, newIban: null, retiredIban: null });
}

function releaseHold(operation: Operation, work: Work): void {
  const account = operation.heldAccountId === null ? undefined : work.accounts.get(operation.heldAccountId);
  if (account === undefined || operation.amountMinor === null) return;
  account.heldMinor -= operation.amountMinor;
  work.moved.add(account);
}

function postingOf(operation: Operation, work: Work): Posting {
  const { currency } = operation;
  const cash = houseAccount.cash(currency);
  const describe = (accountId: string | null) => {
    const account = accountId === null ? undefined : work.accounts.get(accountId);
    if (account === undefined) return null;
    return { name: work.people.get(account.ownerId)?.name ?? null, iban: account.iban };
  };
  switch (operation.kind) {
    case 'deposit':
      return {
        debitAccountId: cash,
        creditAccountId: operation.accountId as string,
        shownToDebited: describe(operation.accountId),
        shownToCredited: null,
      };
    case 'withdrawal':
      return {
        debitAccountId: operation.accountId as string,
        creditAccountId: cash,
        shownToDebited: null,
        shownToCredited: describe(operation.accountId),
      };
    case 'reversal': {
      const original = work.reversed.get(operation.reversesTransferId ?? '') as LedgerTransfer;
      const customer = (id: string) => (isHouseAccount(id) ? null : describe(id));
      return {
        debitAccountId: original.creditAccountId,
        creditAccountId: original.debitAccountId,
        shownToDebited: customer(original.debitAccountId),
        shownToCredited: customer(original.creditAccountId),
      };
    }
    default: {
      const payee = operation.toIban === null ? null : { name: operation.toName, iban: operation.toIban };
      return {
        debitAccountId: operation.fromAccountId as string,
        creditAccountId: operation.toAccountId ?? houseAccount.clearing(currency),
        shownToDebited: payee ?? describe(operation.toAccountId),
        shownToCredited: describe(operation.fromAccountId),
      };
    }
  }
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
  });
  if (operation.status === 'approved' || operation.status === 'cancelled') return [logged];
  const account = work.accounts.get(operation.accountId ?? operation.fromAccountId ?? '');
  return [logged, requesterMailed({ ...told, reason: ruling.reason, accountName: account?.name ?? null })];
}
