import { ask, isDuplicateKey, newId, nothing, type Transaction, transaction } from '@guichet/database';
import { Problem, problems } from '@guichet/errors';
import { enqueueAll } from '@guichet/outbox';
import { type Account, isHouseAccount } from '../accounts/account.ts';
import {
  insertAccounts,
  lockAccounts,
  readAccounts,
  readAccountsOfRibs,
  writeBalances,
} from '../accounts/store.ts';
import type { Bank } from '../bank.ts';
import { refuse } from '../errors.ts';
import type { Answer, Answered } from '../idempotency/answer.ts';
import { findReplays, keepAnswers } from '../idempotency/answer-once.ts';
import { findTransfers, type LedgerTransfer } from '../ledger/store.ts';
import { findHolders, holdPeople, type Person, someActiveAgents } from '../people/store.ts';
import { isOurIban } from '../ribs/make-rib.ts';
import { findRibs, type KnownRib } from '../ribs/store.ts';
import type { Ask, Wish } from './ask.ts';
import { operationLogged } from './events.ts';
import type { Operation } from './operation.ts';
import {
  limitsOf,
  refuseClosing,
  refuseHold,
  refuseOverLimit,
  requiredApprovals,
  somebodyCanDecide,
} from './rules.ts';
import { findReversed, insertOperations, sumAskedOf } from './store.ts';
import { viewOperation } from './views.ts';

/**
 * Asks for operations, as many as came together, in one transaction: each is judged on its own, in the order asked, and takes its
 * hold at once. Reads straight down: replays → what must be known → locks → refusals and holds → write → events → answers → commit.
 * @returns an answer for each ask, in order
 */
export async function requestOperations(bank: Bank, asks: readonly Ask[]): Promise<Answered[]> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await transaction(bank.db, (trx) => requestIn(trx, bank, asks));
    } catch (error) {
      // Another replica answered under one of the keys meanwhile: the next round finds its answer.
      if (attempt === 3 || !isDuplicateKey(error, 'PRIMARY')) throw error;
    }
  }
}

async function requestIn(trx: Transaction, bank: Bank, asks: readonly Ask[]): Promise<Answered[]> {
  const now = bank.clock();
  const [replays, transfers] = await ask(
    trx,
    findReplays(asks.map(({ idempotency }) => idempotency)),
    findTransfers(asks.flatMap(({ wish }) => (wish.kind === 'reversal' ? [wish.transferId] : []))),
  );
  const fresh = asks.filter((_, index) => replays[index] === null);
  const known = await learn(trx, bank, fresh, transfers, now);

  const accepted: { asked: Ask; operation: Operation; account: Account | null }[] = [];
  const answers = new Map<Ask, Answer>();
  for (const asked of fresh) {
    const judged = judge(asked, known, bank, now);
    if (judged instanceof Problem) {
      answers.set(asked, { refusal: judged });
    } else {
      accepted.push({ asked, ...judged });
      answers.set(asked, { status: 201, body: viewOperation(judged.operation, []) });
    }
  }

  await ask(
    trx,
    insertAccounts(accepted.flatMap(({ account }) => account ?? [])),
    insertOperations(accepted.map(({ operation }) => operation)),
    writeBalances([...known.locked.values()].filter(({ id }) => known.touched.has(id))),
    enqueueAll(
      accepted.map(({ asked, operation }) =>
        operationLogged({
          operation,
          event: 'requested',
          actor: asked.requester,
          concerns: ownersConcerned(operation, known),
          correlationId: asked.correlationId,
          now,
        }),
      ),
    ),
    keepAnswers(
      fresh.map((asked) => ({ key: asked.idempotency, answer: answers.get(asked) as Answer })),
      now,
    ),
  );
  return asks.map(
    (asked, index) => replays[index] ?? { answer: answers.get(asked) as Answer, replayed: false },
  );
}

/** What the asks of one batch are judged by; `locked` accounts are this transaction's alone, and change as it goes. */
interface Known {
  activeAgents: readonly string[];
  requesters: ReadonlyMap<string, Person>;
  holders: ReadonlyMap<string, Person>;
  ribs: ReadonlyMap<string, KnownRib>;
  transfers: ReadonlyMap<string, LedgerTransfer>;
  reversed: Set<string>;
  locked: ReadonlyMap<string, Account>;
  others: ReadonlyMap<string, Account>;
  askedToday: Map<string, bigint>;
  touched: Set<string>;
}

async function learn(
  trx: Transaction,
  bank: Bank,
  asks: readonly Ask[],
  transfers: ReadonlyMap<string, LedgerTransfer>,
  now: Date,
): Promise<Known> {
  const wishes = asks.map(({ wish }) => wish);
  const opening = asks.filter(({ wish }) => wish.kind === 'open_account');
  const held = new Set(wishes.flatMap((wish) => heldBy(wish, transfers) ?? []));
  const ibans = wishes.flatMap((wish) =>
    wish.kind === 'external_transfer' && isOurIban(wish.toIban, bank.rules) ? [wish.toIban] : [],
  );
  const [requesters, activeAgents, locked, read, ofRibs, ribs, holders, reversed] = await ask(
    trx,
    holdPeople(opening.map(({ requester }) => requester.id)),
    asks.length === 0 ? nothing([]) : someActiveAgents(),
    lockAccounts(held),
    readAccounts(wishes.flatMap(readBy).filter((id) => !held.has(id))),
    readAccountsOfRibs(ibans),
    findRibs(ibans),
    findHolders(ibans),
    findReversed([...transfers.keys()]),
  );
  const bankLimits = { operationMinor: bank.rules.limitOperationMinor, dayMinor: bank.rules.limitDayMinor };
  const limited = wishes.flatMap((wish) => limitedAccount(wish) ?? []);
  const counted = limited.filter((id) => {
    const account = locked.get(id);
    return account !== undefined && limitsOf(account, bankLimits).dayMinor !== null;
  });
  const [askedToday] = await ask(trx, sumAskedOf(counted, bank.rules.calendar.dayOf(now)));
  const others = new Map([...ofRibs, ...read]);
  return {
    activeAgents,
    requesters,
    holders,
    ribs,
    transfers,
    reversed,
    locked,
    others,
    askedToday,
    touched: new Set(),
  };
}

/** The account on which a wish reserves its amount; undefined where it reserves nothing. */
function heldBy(wish: Wish, transfers: ReadonlyMap<string, LedgerTransfer>): string | undefined {
  if (wish.kind === 'withdrawal') return wish.accountId;
  if (wish.kind === 'internal_transfer' || wish.kind === 'external_transfer') return wish.fromAccountId;
  if (wish.kind !== 'reversal') return undefined;
  const credited = transfers.get(wish.transferId)?.creditAccountId;
  return credited === undefined || isHouseAccount(credited) ? undefined : credited;
}

function readBy(wish: Wish): string[] {
  if (wish.kind === 'deposit' || wish.kind === 'close_account' || wish.kind === 'renew_rib')
    return [wish.accountId];
  return wish.kind === 'internal_transfer' ? [wish.toAccountId] : [];
}

function limitedAccount(wish: Wish): string | undefined {
  if (wish.kind === 'withdrawal') return wish.accountId;
  return wish.kind === 'external_transfer' ? wish.fromAccountId : undefined;
}

type Judged = { operation: Operation; account: Account | null } | Problem;

function judge(asked: Ask, known: Known, bank: Bank, now: Date): Judged {
  const { wish, requester } = asked;
  if (!somebodyCanDecide(known.activeAgents, requester.id)) return refuse.no_active_agent();
  const blank = blankOperation(asked, bank, now);
  const find = (id: string) => known.locked.get(id) ?? known.others.get(id);
  const own = (id: string) => {
    const account = find(id);
    return account?.ownerId === requester.id ? account : null;
  };

  switch (wish.kind) {
    case 'open_account': {
      const person = known.requesters.get(requester.id);
      if (person !== undefined && person.status !== 'active') return problems.unauthenticated();
      const account = newAccount(wish, requester.id, now);
      return { operation: { ...blank, accountId: account.id, currency: account.currency }, account };
    }
    case 'close_account':
    case 'renew_rib': {
      const account = own(wish.accountId);
      if (account === null) return problems.not_found();
      const refusal = wish.kind === 'close_account' ? refuseClosing(account) : refuseUnlessOpen(account);
      if (refusal !== null) return refusal;
      return { operation: { ...blank, accountId: account.id, currency: account.currency }, account: null };
    }
    case 'deposit': {
      const account = own(wish.accountId);
      if (account === null) return problems.not_found();
      const refusal = refuseUnlessOpen(account);
      if (refusal !== null) return refusal;
      return { operation: { ...blank, accountId: account.id, currency: account.currency }, account: null };
    }
    case 'withdrawal': {
      const account = own(wish.accountId);
      if (account === null) return problems.not_found();
      const refusal = hold(account, wish.amountMinor, known, bank, true);
      if (refusal !== null) return refusal;
      return {
        operation: { ...blank, accountId: account.id, heldAccountId: account.id, currency: account.currency },
        account: null,
      };
    }
    case 'internal_transfer': {
      const from = own(wish.fromAccountId);
      if (from === null) return problems.not_found();
      if (wish.toAccountId === from.id) return refuse.same_account();
      const to = own(wish.toAccountId);
      if (to === null) return refuse.not_your_account_pair();
      if (to.status !== 'open') return refuse.account_not_open();
      if (to.currency !== from.currency) return refuse.currency_mismatch();
      const refusal = hold(from, wish.amountMinor, known, bank, false);
      if (refusal !== null) return refusal;
      return {
        operation: {
          ...blank,
          fromAccountId: from.id,
          toAccountId: to.id,
          heldAccountId: from.id,
          currency: from.currency,
        },
        account: null,
      };
    }
    case 'external_transfer': {
      const from = own(wish.fromAccountId);
      if (from === null) return problems.not_found();
      const payee = findPayee(wish.toIban, from, known, bank);
      if (payee instanceof Problem) return payee;
      const refusal = hold(from, wish.amountMinor, known, bank, true);
      if (refusal !== null) return refusal;
      return {
        operation: {
          ...blank,
          fromAccountId: from.id,
          toAccountId: payee.accountId,
          heldAccountId: from.id,
          toName: wish.toName ?? payee.holder,
          toIban: wish.toIban,
          currency: from.currency,
        },
        account: null,
      };
    }
    case 'reversal': {
      const transfer = known.transfers.get(wish.transferId);
      if (transfer === undefined) return problems.not_found();
      if (known.reversed.has(transfer.id)) return refuse.already_reversed();
      const credited = known.locked.get(transfer.creditAccountId);
      const refusal =
        credited === undefined ? null : hold(credited, transfer.amountMinor, known, bank, false);
      if (refusal !== null) return refusal;
      known.reversed.add(transfer.id);
      const customer = (id: string) => (isHouseAccount(id) ? null : id);
      return {
        operation: {
          ...blank,
          amountMinor: transfer.amountMinor,
          requiredApprovals: requiredApprovals(transfer.amountMinor, bank.rules.secondAgentAboveMinor),
          currency: transfer.currency,
          fromAccountId: customer(transfer.creditAccountId),
          toAccountId: customer(transfer.debitAccountId),
          heldAccountId: customer(transfer.creditAccountId),
          reversesTransferId: transfer.id,
          reason: wish.reason,
        },
        account: null,
      };
    }
  }
}

function refuseUnlessOpen(account: Account): Problem | null {
  return account.status === 'open' ? null : refuse.account_not_open();
}

/** Reserves the amount on a locked account, unless something keeps it from being reserved. */
function hold(
  account: Account,
  amountMinor: bigint,
  known: Known,
  bank: Bank,
  leaves: boolean,
): Problem | null {
  const refusal = refuseHold(account, amountMinor);
  if (refusal !== null) return refusal;
  if (leaves) {
    const askedToday = known.askedToday.get(account.id) ?? 0n;
    const limits = limitsOf(account, {
      operationMinor: bank.rules.limitOperationMinor,
      dayMinor: bank.rules.limitDayMinor,
    });
    const overLimit = refuseOverLimit(amountMinor, askedToday, limits);
    if (overLimit !== null) return overLimit;
    known.askedToday.set(account.id, askedToday + amountMinor);
  }
  account.heldMinor += amountMinor;
  known.touched.add(account.id);
  return null;
}

function findPayee(
  iban: string,
  from: Account,
  known: Known,
  bank: Bank,
): { accountId: string | null; holder: string | null } | Problem {
  if (!isOurIban(iban, bank.rules)) return { accountId: null, holder: null };
  const rib = known.ribs.get(iban);
  if (rib === undefined) return refuse.account_not_found();
  if (rib.retiredAt !== null) return refuse.retired_rib();
  if (rib.accountId === from.id) return refuse.same_account();
  const account = known.locked.get(rib.accountId) ?? known.others.get(rib.accountId);
  if (account === undefined || account.status !== 'open') return refuse.account_not_open();
  if (account.currency !== from.currency) return refuse.currency_mismatch();
  return { accountId: account.id, holder: known.holders.get(account.ownerId)?.name ?? null };
}

function newAccount(wish: Extract<Wish, { kind: 'open_account' }>, ownerId: string, now: Date): Account {
  return {
    id: newId(now),
    ownerId,
    name: wish.name,
    type: wish.accountType,
    currency: wish.currency,
    status: 'pending',
    iban: null,
    balanceMinor: 0n,
    heldMinor: 0n,
    overdraftMinor: 0n,
    limitOperationMinor: null,
    limitDayMinor: null,
    entryCount: 0n,
    createdAt: now,
    openedAt: null,
    closedAt: null,
  };
}

function blankOperation({ wish, requester, correlationId }: Ask, bank: Bank, now: Date): Operation {
  const amountMinor = 'amountMinor' in wish ? wish.amountMinor : null;
  return {
    id: newId(now),
    kind: wish.kind,
    status: 'pending',
    amountMinor,
    currency: 'EUR',
    accountId: null,
    fromAccountId: null,
    toAccountId: null,
    heldAccountId: null,
    toName: null,
    toIban: null,
    reference: 'reference' in wish ? wish.reference : null,
    reason: null,
    reversesTransferId: null,
    requesterId: requester.id,
    requesterUsername: requester.username,
    requiredApprovals: requiredApprovals(amountMinor, bank.rules.secondAgentAboveMinor),
    transferId: null,
    refusal: null,
    correlationId,
    createdAt: now,
    expiresAt: new Date(now.getTime() + bank.rules.operationTtlHours * 3_600_000),
    decidedAt: null,
  };
}

/** A reservation is a thing done to the account's owner too, where an agent asked for it. */
function ownersConcerned(operation: Operation, known: Known): string[] {
  const account = operation.heldAccountId === null ? undefined : known.locked.get(operation.heldAccountId);
  return account === undefined ? [] : [account.ownerId];
}
