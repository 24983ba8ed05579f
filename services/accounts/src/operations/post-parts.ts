import type { SuspenseReason } from '@guichet/contract';
import { type Transaction, type TransactionQuery, transaction } from '@guichet/database';
import type { OutboxMessage } from '@guichet/events';
import { enqueueAll } from '@guichet/outbox';
import { type ScheduledJob, scheduleJob } from '@guichet/scheduled-jobs';
import { type AccountWithOwner, writeBalances } from '../accounts/store.ts';
import type { Deps } from '../deps.ts';
import { postTransfer } from '../ledger/post-transfer.ts';
import { type Entry, insertEntries, insertTransfers, type LedgerTransfer } from '../ledger/store.ts';
import { aboutEntry, aboutOperation, type Happening, queueMessages } from '../webhook-queue/queue-store.ts';
import { operationLogged } from './events.ts';
import { definitionOf } from './kinds/index.ts';
import type { PostingFacts } from './kinds/kind.ts';
import { amountOf, type Operation } from './operation.ts';
import { insertOperations } from './store.ts';

// An agent approves a file of payments or an interest run as one operation. Each of its parts, a payment or a line, is then posted as an operation of its own.

/** How many parts are posted in a transaction: few enough that others wait only briefly for their accounts. */
export const PAGE_PARTS = 250;

/**
 * Posts parts page by page, each in a transaction, until none is left or `signal` aborts. @param postPage returns how many parts it handled, or null if none was left
 * @returns how many were handled
 */
export async function postPages(
  deps: Deps,
  postPage: (trx: Transaction) => Promise<number | null>,
  signal?: AbortSignal,
): Promise<number> {
  let handled = 0;
  while (signal?.aborted !== true) {
    const page = await transaction(deps.db, postPage);
    if (page === null) break;
    deps.committed();
    handled += page;
  }
  return handled;
}

/** The job that posts what is left: because the process that approved it died, or because it takes longer than an agent waits. */
export function keepPosting(
  { db, log }: Deps,
  name: string,
  work: (signal: AbortSignal) => Promise<unknown>,
): ScheduledJob {
  return scheduleJob({ db, log, name, everySeconds: 2, claimSeconds: 15, restFactor: 0, work });
}

/** The facts of a part of which no more is known than its accounts. */
export function partFacts(accounts: ReadonlyMap<string, AccountWithOwner>): PostingFacts {
  return {
    moment: 'posting',
    account: (id) => accounts.get(id ?? ''),
    order: () => undefined,
    transfer: () => undefined,
    isReversed: () => false,
    isSent: () => false,
    isRequested: () => false,
    resolvedFrom: (operationId) => {
      throw new Error(`operation ${operationId} takes nothing out of suspense`);
    },
    payout: null,
  };
}

export interface PostedPart {
  operation: Operation;
  transfer: LedgerTransfer;
  entries: Entry[];
  /** Its audit event. */
  logged: OutboxMessage;
}

/** Posts a part that its kind doesn't refuse: the balances of `accounts` change. */
export function postPart(
  operation: Operation,
  {
    facts,
    accounts,
    suspenseReason = null,
    now,
  }: {
    facts: PostingFacts;
    accounts: ReadonlyMap<string, AccountWithOwner>;
    suspenseReason?: SuspenseReason | null;
    now: Date;
  },
): PostedPart {
  const definition = definitionOf(operation);
  if (!definition.movesMoney) throw new Error(`${operation.kind} moves no money`);
  const { transfer, entries } = postTransfer(
    { ...operation, amountMinor: amountOf(operation) },
    definition.posting(operation, facts),
    accounts,
    now,
  );
  const { accountId, fromAccountId, toAccountId } = operation;
  const owner = accounts.get(accountId ?? fromAccountId ?? toAccountId ?? '')?.ownerId;
  const logged = operationLogged({
    operation,
    event: 'posted',
    actor: null,
    concerns: owner === undefined ? [] : [owner],
    accountOf: (id) => accounts.get(id ?? ''),
    correlationId: null,
    reason: operation.reason,
    suspenseReason,
    now,
  });
  return { operation, transfer, entries, logged };
}

/** Writes a page of parts, with its audit events and webhook messages. @param isHooked whether there is a webhook at all */
export function writeParts(
  parts: readonly PostedPart[],
  {
    accounts,
    isHooked,
    now,
  }: { accounts: ReadonlyMap<string, AccountWithOwner>; isHooked: boolean; now: Date },
): TransactionQuery<unknown>[] {
  const entries = parts.flatMap((part) => part.entries);
  const moved = new Set(entries.map(({ accountId }) => accountId));
  return [
    insertOperations(parts.map(({ operation }) => operation)),
    insertTransfers(parts.map(({ transfer }) => transfer)),
    insertEntries(entries),
    writeBalances([...moved].flatMap((id) => accounts.get(id) ?? [])),
    enqueueAll(parts.map(({ logged }) => logged)),
    queueMessages(isHooked ? parts.flatMap((part) => happeningsOf(part, accounts)) : [], now),
  ];
}

/** What webhooks are notified of after a part: its operation, and each account that it credited or debited. */
function happeningsOf(
  { operation, entries }: PostedPart,
  accounts: ReadonlyMap<string, AccountWithOwner>,
): Happening[] {
  return [
    aboutOperation('operation.posted', operation.id, operation.requesterId),
    ...entries.map((entry) => aboutEntry(entry, (id) => accounts.get(id)?.ownerId ?? null)),
  ];
}
