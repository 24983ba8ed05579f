import { constant, isDuplicateKey, type Pipeline, pipelinedTransaction } from '@guichet/database';
import { Problem } from '@guichet/errors';
import { enqueueAll } from '@guichet/outbox';
import { type Account, isHouseAccount } from '../accounts/account.ts';
import { findPayees, insertAccounts, lockAccounts, readAccounts, writeBalances } from '../accounts/store.ts';
import type { Bank } from '../bank.ts';
import type { Answer, Answered } from '../idempotency/answer.ts';
import { findReplays, keepAnswers, settleReplays } from '../idempotency/answer-once.ts';
import { findTransfers, type LedgerTransfer } from '../ledger/store.ts';
import { holdPeople, someActiveAgents } from '../people/store.ts';
import { isOurIban } from '../ribs/make-rib.ts';
import { findSentSums, writeSentSums } from '../step-up/store.ts';
import type { Ask, Wish } from './ask.ts';
import { operationLogged } from './events.ts';
import { judgeAsk, type Known } from './judge-ask.ts';
import type { Operation } from './operation.ts';
import { findReversed, insertOperations, lockOperations, sumAskedOf } from './store.ts';
import { viewOperation } from './views.ts';

/**
 * Asks for operations, as many as came together, in one transaction: each is judged on its own, in the order asked, and takes its
 * hold at once. Reads straight down: replays → locks of people, operations and accounts, and what else must be known → refusals and holds → write → events → answers → commit.
 * @returns an answer for each ask, in order
 */
export async function requestOperations(bank: Bank, asks: readonly Ask[]): Promise<Answered[]> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await pipelinedTransaction(bank.db, (trx) => requestIn(trx, bank, asks));
    } catch (error) {
      // Another replica answered under one of the keys meanwhile: the next round finds its answer.
      if (attempt === 3 || !isDuplicateKey(error, 'PRIMARY')) throw error;
    }
  }
}

async function requestIn(trx: Pipeline, bank: Bank, asks: readonly Ask[]): Promise<Answered[]> {
  const now = bank.clock();
  const [replays, transfers] = await trx.query(
    findReplays(asks.map(({ idempotency }) => idempotency)),
    findTransfers(asks.flatMap(({ wish }) => (wish.kind === 'reversal' ? [wish.transferId] : []))),
  );
  const fresh = asks.filter((_, index) => replays[index] === null);
  const known = await learn(trx, bank, fresh, transfers, now);

  const accepted: { asked: Ask; operation: Operation; account: Account | null }[] = [];
  const answers = new Map<Ask, Answer>();
  for (const asked of fresh) {
    const judged = judgeAsk(asked, known, bank, now);
    if (judged instanceof Problem) {
      answers.set(asked, { refusal: judged });
    } else {
      accepted.push({ asked, ...judged });
      answers.set(asked, { status: 201, body: viewOperation(judged.operation, []) });
    }
  }

  await trx.commit(
    insertAccounts(accepted.flatMap(({ account }) => account ?? [])),
    insertOperations(accepted.map(({ operation }) => operation)),
    writeBalances([...known.locked.values()].filter(({ id }) => known.touched.has(id))),
    writeSentSums(known.newlySent),
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
    settleReplays(
      asks.map(({ idempotency }) => idempotency),
      replays,
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

async function learn(
  trx: Pipeline,
  bank: Bank,
  asks: readonly Ask[],
  transfers: ReadonlyMap<string, LedgerTransfer>,
  now: Date,
): Promise<Known> {
  const wishes = asks.map(({ wish }) => wish);
  const held = new Set(wishes.flatMap((wish) => heldBy(wish, transfers) ?? []));
  const ibans = wishes.flatMap((wish) =>
    wish.kind === 'external_transfer' && typeof wish.toIban === 'string' && isOurIban(wish.toIban, bank.rules)
      ? [wish.toIban]
      : [],
  );
  const limited = wishes.flatMap((wish) => limitedAccount(wish) ?? []);
  const senders = asks.filter(({ wish }) => limitedAccount(wish) !== undefined);
  const today = bank.rules.calendar.dayOf(now);
  const allAreLimited = bank.rules.limitDayMinor !== null;
  const [requesters, activeAgents, , locked, others, payees, reversed, askedOfAll, sent] = await trx.query(
    // One transaction at a time counts what a member sends, whichever of their accounts it leaves.
    holdPeople(
      asks.map(({ requester }) => requester.id),
      { alone: senders.length > 0 },
    ),
    asks.length === 0 ? constant([]) : someActiveAgents(),
    // Whether a transfer was reversed is looked at by one transaction at a time; not every reversal takes a hold, whose lock would do.
    lockOperations([...transfers.values()].map(({ operationId }) => operationId)),
    lockAccounts(held),
    readAccounts(wishes.flatMap(readBy).filter((id) => !held.has(id))),
    findPayees(ibans),
    findReversed([...transfers.keys()]),
    // Summed under the accounts' locks, which the statements before have taken.
    sumAskedOf(allAreLimited ? limited : [], today),
    findSentSums(senders.map(({ requester }) => requester.id)),
  );
  const limitedAlone = limited.filter((id) => locked.get(id)?.limitDayMinor != null);
  const [askedOfSome] = await trx.query(sumAskedOf(allAreLimited ? [] : limitedAlone, today));
  return {
    activeAgents,
    requesters,
    payees,
    transfers,
    reversed,
    locked,
    others,
    askedToday: allAreLimited ? askedOfAll : askedOfSome,
    sent,
    newlySent: new Map(),
    today: today.from,
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
  switch (wish.kind) {
    case 'deposit':
    case 'close_account':
    case 'renew_rib':
    case 'set_overdraft':
    case 'set_limits':
      return [wish.accountId];
    case 'internal_transfer':
      return [wish.toAccountId];
    case 'open_account':
    case 'withdrawal':
    case 'external_transfer':
    case 'reversal':
      return [];
  }
}

function limitedAccount(wish: Wish): string | undefined {
  if (wish.kind === 'withdrawal') return wish.accountId;
  return wish.kind === 'external_transfer' ? wish.fromAccountId : undefined;
}

/** An agent's request also concerns the account's owner. */
function ownersConcerned({ heldAccountId, accountId }: Operation, known: Known): string[] {
  const id = heldAccountId ?? accountId ?? '';
  const account = known.locked.get(id) ?? known.others.get(id);
  return account === undefined ? [] : [account.ownerId];
}
