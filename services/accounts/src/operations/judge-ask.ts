import { newId } from '@guichet/database';
import { Problem, problems } from '@guichet/errors';
import { type Account, isHouseAccount } from '../accounts/account.ts';
import type { Payee } from '../accounts/store.ts';
import type { Bank } from '../bank.ts';
import { addToSum, type DaySum, sumOfDay } from '../day-sum.ts';
import { refuse } from '../errors.ts';
import type { LedgerTransfer } from '../ledger/store.ts';
import { refuseActor } from '../people/rules.ts';
import type { Person } from '../people/store.ts';
import { isOurIban } from '../ribs/make-rib.ts';
import { type Ask, isAgentsWish, type Wish } from './ask.ts';
import { movesMoney } from './kinds.ts';
import type { Operation } from './operation.ts';
import {
  limitsOf,
  refuseClosing,
  refuseHold,
  refuseOverdraft,
  refuseOverLimit,
  requiredApprovals,
  somebodyCanDecide,
} from './rules.ts';

/** What the asks of one batch are judged by; `locked` accounts are this transaction's alone, and change as it goes. */
export interface Known {
  activeAgents: readonly string[];
  /** Locked; alone where money would leave the bank. */
  requesters: ReadonlyMap<string, Person>;
  payees: ReadonlyMap<string, Payee>;
  transfers: ReadonlyMap<string, LedgerTransfer>;
  reversed: Set<string>;
  locked: ReadonlyMap<string, Account>;
  others: ReadonlyMap<string, Account>;
  askedToday: Map<string, bigint>;
  /** The sum that each requester sent since their last code, and the sums that changed. */
  sent: ReadonlyMap<string, DaySum>;
  newlySent: Map<string, DaySum>;
  today: Date;
  touched: Set<string>;
}

/** The operation that an ask becomes, with the account that it opens; or what refuses it. */
type Judged = { operation: Operation; account: Account | null } | Problem;

/** Judges one ask, in memory: what it reserves stands in `known`. */
export function judgeAsk(asked: Ask, known: Known, bank: Bank, now: Date): Judged {
  const { wish, requester } = asked;
  const unfit = refuseActor(known.requesters.get(requester.id), requester);
  if (unfit !== null) return unfit;
  if (isAgentsWish(wish) !== (requester.role === 'agent')) return problems.forbidden();
  if (wish.kind === 'external_transfer' && typeof wish.toIban !== 'string')
    return refuse[wish.toIban.refusal]();
  if (!somebodyCanDecide(known.activeAgents, requester.id)) return refuse.no_active_agent();
  const blank = blankOperation(asked, bank, now);
  const find = (id: string) => known.locked.get(id) ?? known.others.get(id);
  const own = (id: string) => {
    const account = find(id);
    return account?.ownerId === requester.id ? account : null;
  };

  switch (wish.kind) {
    case 'open_account': {
      const account = newAccount(wish, requester.id, now);
      return { operation: { ...blank, accountId: account.id, currency: account.currency }, account };
    }
    case 'close_account':
    case 'renew_rib':
    case 'deposit': {
      const account = own(wish.accountId);
      if (account === null) return problems.not_found();
      const refusal = wish.kind === 'close_account' ? refuseClosing(account) : refuseUnlessOpen(account);
      if (refusal !== null) return refusal;
      return { operation: { ...blank, accountId: account.id, currency: account.currency }, account: null };
    }
    case 'withdrawal': {
      const account = own(wish.accountId);
      if (account === null) return problems.not_found();
      const refusal = send(account, wish.amountMinor, asked, known, bank);
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
      const refusal = hold(from, wish.amountMinor, known);
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
      const toIban = wish.toIban as string;
      const payee = findPayee(toIban, from, known, bank);
      if (payee instanceof Problem) return payee;
      const refusal = send(from, wish.amountMinor, asked, known, bank);
      if (refusal !== null) return refusal;
      return {
        operation: {
          ...blank,
          fromAccountId: from.id,
          toAccountId: payee.accountId,
          heldAccountId: from.id,
          toName: wish.toName,
          toIban,
          currency: from.currency,
        },
        account: null,
      };
    }
    case 'set_overdraft':
    case 'set_limits': {
      const account = find(wish.accountId);
      if (account === undefined) return problems.not_found();
      const refusal =
        wish.kind === 'set_overdraft'
          ? refuseOverdraft(account, wish.amountMinor)
          : refuseUnlessOpen(account);
      if (refusal !== null) return refusal;
      return { operation: { ...blank, accountId: account.id, currency: account.currency }, account: null };
    }
    case 'reversal': {
      const transfer = known.transfers.get(wish.transferId);
      if (transfer === undefined) return problems.not_found();
      if (known.reversed.has(transfer.id)) return refuse.already_reversed();
      const credited = known.locked.get(transfer.creditAccountId);
      const refusal = credited === undefined ? null : hold(credited, transfer.amountMinor, known);
      if (refusal !== null) return refusal;
      known.reversed.add(transfer.id);
      const customer = (id: string) => (isHouseAccount(id) ? null : id);
      return {
        operation: {
          ...blank,
          amountMinor: transfer.amountMinor,
          requiredApprovals: requiredApprovals(
            wish.kind,
            transfer.amountMinor,
            bank.rules.secondAgentAboveMinor,
          ),
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
function hold(account: Account, amountMinor: bigint, known: Known): Problem | null {
  const refusal = refuseHold(account, amountMinor);
  if (refusal !== null) return refusal;
  account.heldMinor += amountMinor;
  known.touched.add(account.id);
  return null;
}

/** The same for money that leaves the bank: it also checks the account's limits and whether a code is needed. */
function send(
  account: Account,
  amountMinor: bigint,
  { requester, secondFactor }: Ask,
  known: Known,
  bank: Bank,
): Problem | null {
  const askedToday = known.askedToday.get(account.id) ?? 0n;
  const limits = limitsOf(account, {
    operationMinor: bank.rules.limitOperationMinor,
    dayMinor: bank.rules.limitDayMinor,
  });
  const sent = sumOfDay(known.newlySent.get(requester.id) ?? known.sent.get(requester.id), known.today);
  const withThis = addToSum(sent, amountMinor);
  const refusal =
    refuseHold(account, amountMinor) ??
    refuseOverLimit(amountMinor, askedToday, limits) ??
    (secondFactor === 'unchecked' && withThis.amountMinor > bank.rules.stepUpAboveMinor
      ? refuse.totp_required()
      : null);
  if (refusal !== null) return refusal;
  // A code covers this request, and the sum starts again at zero.
  known.newlySent.set(requester.id, secondFactor === 'verified' ? { ...sent, amountMinor: 0n } : withThis);
  known.askedToday.set(account.id, askedToday + amountMinor);
  return hold(account, amountMinor, known);
}

function findPayee(
  iban: string,
  from: Account,
  known: Known,
  bank: Bank,
): { accountId: string | null } | Problem {
  if (!isOurIban(iban, bank.rules)) return { accountId: null };
  const payee = known.payees.get(iban);
  if (payee === undefined) return refuse.account_not_found();
  if (payee.retiredAt !== null) return refuse.retired_rib();
  if (payee.account.id === from.id) return refuse.same_account();
  const { id, status, currency } = payee.account;
  if (status !== 'open') return refuse.account_not_open();
  if (currency !== from.currency) return refuse.currency_mismatch();
  return { accountId: id };
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
    limits: wish.kind === 'set_limits' ? wish.limits : null,
    requesterId: requester.id,
    requesterUsername: requester.username,
    requiredApprovals: requiredApprovals(wish.kind, amountMinor, bank.rules.secondAgentAboveMinor),
    transferId: movesMoney(wish.kind) ? newId(now) : null,
    refusal: null,
    correlationId,
    createdAt: now,
    expiresAt: new Date(now.getTime() + bank.rules.operationTtlHours * 3_600_000),
    decidedAt: null,
  };
}
