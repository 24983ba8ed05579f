import type { BatchStatus, PaymentStatus } from '@guichet/contract';
import {
  constant,
  lock,
  type Query,
  type Read,
  select,
  sql,
  type TransactionQuery,
  table,
  uuidColumn,
  uuids,
} from '@guichet/database';

/** `batched` has the status of its batch; what was `reversed` before never leaves the bank, and `returned` came back from the other bank. */
export const OUTGOING_STATES = ['waiting', 'batched', 'reversed', 'returned'] as const;
export type OutgoingState = (typeof OUTGOING_STATES)[number];

/** SEPA moves euros only. Transfers in other currencies are in no batch. */
export const BATCH_CURRENCY = 'EUR';

/** A posted transfer to another bank, by its operation. */
export interface OutgoingTransfer {
  operationId: string;
  currency: string;
  state: OutgoingState;
  /** Null until it is in a batch. */
  batchId: string | null;
  /** The customer's name in the file of the batch. */
  debtorName: string | null;
}

const outgoingTransfers = table<OutgoingTransfer>('outgoing_transfers', {
  operationId: uuidColumn('operation_id'),
  currency: 'currency',
  state: 'state',
  batchId: uuidColumn('batch_id'),
  debtorName: 'debtor_name',
});

export function insertOutgoing(
  posted: readonly Pick<OutgoingTransfer, 'operationId' | 'currency'>[],
): Query<void> {
  return outgoingTransfers.insert(
    posted.map((one) => ({ ...one, state: 'waiting' as const })),
    ['operationId', 'currency', 'state'],
  );
}

/** Locks those of these transfers that go to other banks, in ascending order of id. Operations, accounts and standing orders are locked before them. */
export function lockOutgoing(
  operationIds: Iterable<string>,
): TransactionQuery<Map<string, OutgoingTransfer>> {
  const sorted = [...new Set(operationIds)].sort();
  if (sorted.length === 0) return constant(new Map());
  return outgoingTransfers
    .lock(sql`operation_id IN (${uuids(sorted)}) ORDER BY operation_id`)
    .map((rows) => new Map(rows.map((row) => [row.operationId, row])));
}

/** Locks the transfers in a currency that are in no batch, in ascending order of id. */
export function lockWaiting(currency: string): TransactionQuery<string[]> {
  return lock<{ id: string }>(
    sql`SELECT operation_id AS id FROM outgoing_transfers WHERE state = 'waiting' AND currency = ${currency} ORDER BY operation_id`,
  ).map((rows) => rows.map(({ id }) => id));
}

export function writeOutgoing(changed: readonly OutgoingTransfer[]): Query<void> {
  return outgoingTransfers.upsert(
    changed,
    ['operationId', 'currency', 'state', 'batchId', 'debtorName'],
    sql`state = VALUES(state), batch_id = VALUES(batch_id), debtor_name = VALUES(debtor_name)`,
  );
}

/** Whether the other bank pays or has paid it, so that taking it back here would pay it twice. */
export function isSent(transfer: OutgoingTransfer | undefined): boolean {
  return transfer?.state === 'batched' || transfer?.state === 'returned';
}

/** How far a transfer is on its way to another bank. */
export interface Payment {
  status: PaymentStatus;
  batchId: string | null;
  /** When it was put into its batch. */
  batchedAt: Date | null;
  /** When its batch was marked as sent, and as settled. */
  sentAt: Date | null;
  settledAt: Date | null;
}

type BatchTimes = Pick<Payment, 'batchedAt' | 'sentAt' | 'settledAt'>;

function paymentStatusOf(state: OutgoingState, batchStatus: BatchStatus | null): PaymentStatus | null {
  if (state === 'batched') return batchStatus;
  return state === 'reversed' ? null : state;
}

/** Those of these transfers that are on their way to other banks. */
export function findPayments(operationIds: readonly string[]): Read<Map<string, Payment>> {
  if (operationIds.length === 0) return constant(new Map());
  return select(
    sql`SELECT o.operation_id AS operationId, o.state, o.batch_id AS batchId, b.status AS batchStatus,
        b.created_at AS batchedAt, b.sent_at AS sentAt, b.settled_at AS settledAt
      FROM outgoing_transfers o LEFT JOIN payment_batches b ON b.id = o.batch_id
      WHERE o.operation_id IN (${uuids(operationIds)})`,
    (
      rows: (Pick<OutgoingTransfer, 'operationId' | 'state' | 'batchId'> &
        BatchTimes & { batchStatus: BatchStatus | null })[],
    ) =>
      new Map(
        rows.flatMap(({ operationId, state, batchStatus, ...ofBatch }) => {
          const status = paymentStatusOf(state, batchStatus);
          return status === null ? [] : [[operationId, { status, ...ofBatch }] as const];
        }),
      ),
  );
}
