import type { SuspenseReason } from '@guichet/contract';
import type { Transaction } from '@guichet/database';
import type { Problem } from '@guichet/errors';
import type { ScheduledJob } from '@guichet/scheduled-jobs';
import { type AccountWithOwner, findPayees, lockAccounts, type Payee } from '../accounts/store.ts';
import type { Deps } from '../deps.ts';
import type { refuse } from '../errors.ts';
import { findReversedTransfers, findTransfers, type PostedTransfer } from '../ledger/store.ts';
import { lockPostingFile, markPosted, pendingItems, writeItems } from '../operations/file-store.ts';
import { definitionOf } from '../operations/kinds/index.ts';
import type { PostingFacts } from '../operations/kinds/kind.ts';
import type { Operation } from '../operations/operation.ts';
import { lockOutgoing, type OutgoingTransfer, writeOutgoing } from '../operations/outgoing-store.ts';
import {
  keepPosting,
  PAGE_PARTS,
  type PostedPart,
  partFacts,
  postPages,
  postPart,
  writeParts,
} from '../operations/post-parts.ts';
import { lockOperations, readOperations } from '../operations/store.ts';
import { type FileItem, paymentFields, type ReceivedFile } from '../payment-files/received-file.ts';
import { hasWebhooks } from '../webhook-queue/queue-store.ts';

/**
 * Posts the payments of approved files, in transactions of some hundred. What becomes of a payment is written in the transaction that posts it, under the lock of its
 * file: so each is posted once over all replicas and crashes. @param fileId of all files if it's null @returns how many payments it posted
 */
export function postItems(
  deps: Deps,
  { fileId = null, signal }: { fileId?: string | null; signal?: AbortSignal } = {},
): Promise<number> {
  return postPages(deps, (trx) => postPage(trx, deps, fileId), signal);
}

export function keepPostingItems(deps: Deps): ScheduledJob {
  return keepPosting(deps, 'payment_files', (signal) => postItems(deps, { signal }));
}

/** What is read and locked for a page of payments. */
interface PageFacts {
  file: ReceivedFile;
  received: Operation;
  payees: ReadonlyMap<string, Payee>;
  accounts: ReadonlyMap<string, AccountWithOwner>;
  transfers: ReadonlyMap<string, PostedTransfer>;
  reversed: Set<string>;
  /** The bank's own transfers that come back; their states change. */
  outgoing: ReadonlyMap<string, OutgoingTransfer>;
  now: Date;
}

/** Posts the next payments. @returns how many, or null if no file has any */
async function postPage(trx: Transaction, deps: Deps, fileId: string | null): Promise<number | null> {
  const [file, isHooked] = await trx.query(lockPostingFile(fileId), hasWebhooks());
  if (file === null) return null;
  const [items, operations] = await trx.query(
    pendingItems(file.operationId, PAGE_PARTS),
    readOperations([file.operationId]),
  );
  const received = operations.get(file.operationId);
  if (received === undefined) throw new Error(`file ${file.operationId} has no operation`);
  const facts = await gather(trx, deps, { file, received, items });
  const posted = items.map((item) => postItem(item, facts));
  await trx.commit(
    ...writeParts(posted, { ...facts, isHooked }),
    writeItems(items),
    writeOutgoing([...facts.outgoing.values()].filter(({ state }) => state === 'returned')),
    ...(items.length < PAGE_PARTS ? [markPosted(file.operationId)] : []),
  );
  return items.length;
}

async function gather(
  trx: Transaction,
  deps: Deps,
  { file, received, items }: { file: ReceivedFile; received: Operation; items: readonly FileItem[] },
): Promise<PageFacts> {
  const returned = items.flatMap(({ transferId }) => transferId ?? []);
  const ibans = received.kind === 'incoming_payments' ? items.flatMap((one) => one.creditorIban ?? []) : [];
  const [, transfers, payees] = await trx.query(
    // Only one transaction at a time checks whether a transfer was reversed.
    lockOperations(returned),
    findTransfers(returned),
    findPayees(ibans),
  );
  const wanted = [
    ...[...payees.values()].map(({ account }) => account.id),
    ...[...transfers.values()].map(({ debitAccountId }) => debitAccountId),
  ];
  const [accounts, outgoing, reversed] = await trx.query(
    lockAccounts(wanted),
    lockOutgoing(returned),
    findReversedTransfers(returned),
  );
  return { file, received, payees, accounts, transfers, reversed, outgoing, now: deps.clock() };
}

/** Posts one payment in memory: to its account, or to suspense if it can't be credited there. */
function postItem(item: FileItem, facts: PageFacts): PostedPart {
  const { accounts, now } = facts;
  const intended = intend(item, facts);
  const refusal = typeof intended === 'string' ? intended : refusalOf(intended, facts);
  const operation = typeof intended === 'string' || refusal !== null ? base(item, facts) : intended;
  // After this point it must succeed.
  const part = postPart(operation, { facts: factsFor(facts), accounts, suspenseReason: refusal, now });
  item.status = refusal !== null ? 'suspense' : operation.kind === 'reversal' ? 'returned' : 'credited';
  item.accountId = operation.accountId ?? operation.toAccountId;
  item.reason = refusal;
  if (operation.reversesTransferId !== null) {
    facts.reversed.add(operation.reversesTransferId);
    const outgoing = facts.outgoing.get(operation.reversesTransferId);
    if (outgoing !== undefined) outgoing.state = 'returned';
  }
  return part;
}

/** The operation that credits an account with a payment, or why no account can be. */
function intend(item: FileItem, facts: PageFacts): Operation | SuspenseReason {
  if (facts.received.kind === 'returned_payments') {
    const transfer = facts.transfers.get(item.transferId ?? '');
    if (
      transfer === undefined ||
      transfer.kind !== 'external_transfer' ||
      // What never left can't come back.
      facts.outgoing.get(transfer.id)?.batchId == null ||
      transfer.amountMinor !== item.amountMinor
    )
      return 'transfer_not_found';
    return {
      ...base(item, facts),
      kind: 'reversal',
      toName: null,
      toIban: null,
      toAccountId: transfer.debitAccountId,
      reversesTransferId: transfer.id,
      reason: item.returnReason,
    };
  }
  const payee = facts.payees.get(item.creditorIban ?? '');
  if (payee === undefined) return 'account_not_found';
  if (payee.retiredAt !== null) return 'retired_rib';
  return { ...base(item, facts), accountId: payee.account.id };
}

function refusalOf(operation: Operation, facts: PageFacts): SuspenseReason | null {
  const problem = definitionOf(operation).refuse(operation, factsFor(facts));
  return problem === null ? null : reasonOf(problem);
}

const REASONS = {
  account_not_open: 'account_not_open',
  currency_mismatch: 'currency_mismatch',
  balance_too_large: 'balance_too_large',
  already_reversed: 'already_reversed',
} as const satisfies Partial<Record<keyof typeof refuse, SuspenseReason>>;

function reasonOf({ code }: Problem): SuspenseReason {
  const reason = (REASONS as Record<string, SuspenseReason>)[code];
  if (reason === undefined) throw new Error(`a payment was refused as ${code}`);
  return reason;
}

/** A payment without an account, which goes to suspense. */
function base(item: FileItem, { received, now }: PageFacts): Operation {
  return {
    ...received,
    id: item.id,
    kind: 'incoming_payment',
    status: 'posted',
    ...paymentFields(item),
    accountId: null,
    requiredApprovals: 0,
    approvedBy: null,
    refusal: null,
    correlationId: null,
    createdAt: now,
    decidedAt: now,
  };
}

function factsFor({ accounts, transfers, reversed }: PageFacts): PostingFacts {
  return {
    // What another bank returns was sent, and that is no reason against it: so `isSent` says no.
    ...partFacts(accounts),
    transfer: (id) => transfers.get(id ?? ''),
    isReversed: (id) => id !== null && reversed.has(id),
  };
}
