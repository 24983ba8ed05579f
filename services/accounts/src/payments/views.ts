import type { PaymentBatch as BatchShown } from '@guichet/contract/accounts';
import { queryOnce, type Readable, type Transaction } from '@guichet/database';
import { toJsonMinor } from '@guichet/money';
import type { PaymentBatch } from './batch.ts';
import { type BatchedTransfer, findUsernames, readBatched } from './store.ts';

const ALL = Number.MAX_SAFE_INTEGER;

/** A batch as it is after a change, with its transfers. */
export interface ShownBatch {
  batch: PaymentBatch;
  shown: BatchShown;
}

/** The transfers of a page of batches, if it has more than one. */
const TRANSFERS_OF_PAGE = 5_000;

/** The first batches that have few enough transfers for a page; at least one. */
export function firstOf(batches: readonly PaymentBatch[]): PaymentBatch[] {
  let transfers = 0;
  return batches.filter(({ count }, place) => {
    transfers += count;
    return place === 0 || transfers <= TRANSFERS_OF_PAGE;
  });
}

/** Batches with all of their transfers. */
export async function viewBatches(
  db: Readable | Transaction,
  batches: readonly PaymentBatch[],
): Promise<BatchShown[]> {
  const usernames = await queryOnce(db, findUsernames(batches.flatMap(({ createdBy }) => createdBy ?? [])));
  const shown: BatchShown[] = [];
  for (const batch of batches) {
    const transfers = await queryOnce(db, readBatched(batch.id, { after: null, limit: ALL }));
    shown.push({
      ...viewSummary(batch, usernames),
      transfers: transfers.map((one) => viewTransfer(one, batch)),
    });
  }
  return shown;
}

/** A batch with all of its transfers. */
export async function viewBatch(db: Readable | Transaction, batch: PaymentBatch): Promise<BatchShown> {
  const [shown] = await viewBatches(db, [batch]);
  return shown as BatchShown;
}

function viewSummary(
  batch: PaymentBatch,
  usernames: ReadonlyMap<string, string>,
): Omit<BatchShown, 'transfers'> {
  const { createdBy } = batch;
  return {
    id: batch.id,
    status: batch.status,
    count: batch.count,
    total: toJsonMinor(batch.totalMinor),
    currency: batch.currency,
    execute_on: batch.executeOn,
    created_by:
      createdBy === null ? null : { id: createdBy, username: usernames.get(createdBy) ?? createdBy },
    created_at: batch.createdAt.toISOString(),
    sent_at: batch.sentAt?.toISOString() ?? null,
    settled_at: batch.settledAt?.toISOString() ?? null,
  };
}

function viewTransfer(
  { operationId, state, amountMinor, toName, toIban }: BatchedTransfer,
  { status }: PaymentBatch,
): BatchShown['transfers'][number] {
  return {
    operation_id: operationId,
    status: state === 'returned' ? state : status,
    amount: toJsonMinor(amountMinor),
    to: { name: toName, iban: toIban },
  };
}
