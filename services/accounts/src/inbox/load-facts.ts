import type { ReviewFacts } from '@guichet/contract/accounts';
import { queryOnce, type Readable } from '@guichet/database';
import { toJsonMinor } from '@guichet/money';
import { type AccountWithOwner, readAccounts } from '../accounts/store.ts';
import { sumOfDay } from '../day-sum.ts';
import { findSoleApprovals, soleKey } from '../decisions/sole-approvals-store.ts';
import type { Deps } from '../deps.ts';
import { isWaiting } from '../operations/life.ts';
import type { Decision, Operation } from '../operations/operation.ts';
import {
  findFirstPayments,
  findHolders,
  type Holder,
  paymentKey,
  type RequestedSum,
  sumRequestsOf,
} from './facts-store.ts';
import { accountInQuestion, availableAround, canDecide, secondAgentReason } from './rules.ts';
import { toJsonSum } from './views.ts';

/** Everything that the facts about some operations are made of. */
interface Known {
  accounts: ReadonlyMap<string, AccountWithOwner>;
  holders: ReadonlyMap<string, Holder>;
  firstPayments: ReadonlyMap<string, string>;
  requestedToday: ReadonlyMap<string, RequestedSum[]>;
  /** What the agent approved alone today for an account. */
  approvedTodayMinor(accountId: string): bigint;
  today: { from: Date; to: Date };
  now: Date;
}

/** The facts for decisions on operations, in five queries for all of them; `agentId` is the agent who is to decide. */
export async function loadFacts(
  { clock, rules }: Deps,
  db: Readable,
  operations: readonly Operation[],
  decisions: ReadonlyMap<string, readonly Decision[]>,
  agentId: string,
): Promise<Map<string, ReviewFacts>> {
  const now = clock();
  const today = rules.calendar.dayOf(now);
  const accountIds = operations.flatMap(accountsOf);
  const [accounts, holders, firstPayments, sole] = await Promise.all([
    queryOnce(db, readAccounts(accountIds)),
    queryOnce(db, findHolders(accountIds)),
    queryOnce(db, findFirstPayments(operations.filter(({ toIban }) => toIban !== null))),
    queryOnce(
      db,
      findSoleApprovals(
        operations.filter(({ status }) => isWaiting(status)).map(({ id }) => id),
        [agentId],
      ),
    ),
  ]);
  const customers = operations.map((one) => customerOf(one, holders).id);
  const known: Known = {
    accounts,
    holders,
    firstPayments,
    requestedToday: await queryOnce(db, sumRequestsOf(customers, today)),
    approvedTodayMinor: (id) => sumOfDay(sole.get(soleKey(id, agentId)), today.from).amountMinor,
    today,
    now,
  };
  return new Map(
    operations.map((one) => [
      one.id,
      factsOf(one, decisions.get(one.id) ?? [], agentId, known, rules.secondAgentAboveMinor),
    ]),
  );
}

function factsOf(
  operation: Operation,
  decisions: readonly Decision[],
  agentId: string,
  known: Known,
  aboveMinor: bigint,
): ReviewFacts {
  const sums = accountsOf(operation).map(known.approvedTodayMinor);
  const approvedTodayMinor = sums.reduce((most, sum) => (sum > most ? sum : most), 0n);
  const reason = secondAgentReason(operation, { aboveMinor, approvedTodayMinor });
  const customer = customerOf(operation, known.holders);
  return {
    operation_id: operation.id,
    can_decide: canDecide(operation, decisions, agentId, known.now),
    customer: { id: customer.id, username: customer.username, verified_name: customer.verifiedName },
    account: accountFacts(operation, known.accounts),
    receiving_account: receivingAccount(operation, known.accounts),
    payee: payeeFacts(operation, known),
    others_today: othersToday(operation, customer.id, known),
    second_agent:
      reason === null
        ? null
        : {
            reason,
            threshold: toJsonSum(aboveMinor),
            approved_today: toJsonSum(approvedTodayMinor),
          },
  };
}

function accountsOf({ accountId, fromAccountId, toAccountId }: Operation): string[] {
  return [accountId, fromAccountId, toAccountId].filter((id) => id !== null);
}

/** The holder of the account in question; the requester, if its holder was deleted. */
function customerOf(operation: Operation, holders: Known['holders']): Holder {
  const { requesterId, requesterUsername } = operation;
  return (
    holders.get(accountInQuestion(operation) ?? '') ?? {
      id: requesterId,
      username: requesterUsername,
      verifiedName: null,
    }
  );
}

function accountFacts(operation: Operation, accounts: Known['accounts']): ReviewFacts['account'] {
  const account = accounts.get(accountInQuestion(operation) ?? '');
  if (account === undefined) return null;
  const { before, after } = availableAround(operation, account);
  return {
    id: account.id,
    name: account.name,
    currency: account.currency,
    opened_at: account.openedAt?.toISOString() ?? null,
    available_before: before === null ? null : toJsonMinor(before),
    available_after: after === null ? null : toJsonMinor(after),
  };
}

function receivingAccount(
  { kind, toIban, toAccountId }: Operation,
  accounts: Known['accounts'],
): ReviewFacts['receiving_account'] {
  const account =
    ['internal_transfer', 'standing_order'].includes(kind) && toIban === null
      ? accounts.get(toAccountId ?? '')
      : undefined;
  return account === undefined ? null : { id: account.id, name: account.name };
}

function payeeFacts(operation: Operation, { holders, firstPayments }: Known): ReviewFacts['payee'] {
  const { toIban, toAccountId, requesterId, id, payeeCheck } = operation;
  if (toIban === null) return null;
  const first = firstPayments.get(paymentKey(requesterId, toIban));
  return {
    verified_name: holders.get(toAccountId ?? '')?.verifiedName ?? null,
    is_ours: toAccountId !== null,
    is_first_payment: first === undefined || first >= id,
    check: payeeCheck,
  };
}

function othersToday(
  operation: Operation,
  customerId: string,
  { requestedToday, today }: Known,
): ReviewFacts['others_today'] {
  const isCounted =
    operation.requesterId === customerId &&
    operation.createdAt >= today.from &&
    operation.createdAt < today.to &&
    (isWaiting(operation.status) || operation.status === 'posted');
  const others = (requestedToday.get(customerId) ?? []).map(({ currency, count, amountMinor }) =>
    isCounted && currency === operation.currency
      ? { currency, count: count - 1, amountMinor: amountMinor - (operation.amountMinor ?? 0n) }
      : { currency, count, amountMinor },
  );
  return {
    count: others.reduce((sum, { count }) => sum + count, 0),
    sums: others
      .filter(({ count, amountMinor }) => count > 0 && amountMinor > 0n)
      .map(({ currency, amountMinor }) => ({ currency, amount: toJsonSum(amountMinor) })),
  };
}
