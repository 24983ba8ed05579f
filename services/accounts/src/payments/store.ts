import type { BatchStatus } from '@guichet/contract';
import {
  allOf,
  constant,
  type Database,
  type Query,
  queryOnce,
  type Read,
  type Readable,
  select,
  sql,
  type TransactionQuery,
  table,
  uuid,
  uuidColumn,
  uuids,
} from '@guichet/database';
import type { OutgoingState } from '../operations/outgoing-store.ts';
import type { PaymentBatch } from './batch.ts';

type BatchRow = PaymentBatch & {
  /** When its file was put into the directory. */
  writtenAt: Date | null;
};

const batches = table<BatchRow>('payment_batches', {
  id: uuidColumn('id'),
  status: 'status',
  currency: 'currency',
  count: 'count',
  totalMinor: 'total',
  executeOn: 'execute_on',
  bankName: 'bank_name',
  bankIban: 'bank_iban',
  bankBic: 'bank_bic',
  createdBy: uuidColumn('created_by'),
  createdAt: 'created_at',
  sentAt: 'sent_at',
  settledAt: 'settled_at',
  writtenAt: 'written_at',
});

export function insertBatch(batch: PaymentBatch): Query<void> {
  return batches.insert([{ ...batch, writtenAt: null }]);
}

export function findBatch(id: string): Read<PaymentBatch | null> {
  return batches.find(sql`id = ${uuid(id)}`);
}

export function lockBatch(id: string): TransactionQuery<PaymentBatch | null> {
  return batches.lockOne(sql`id = ${uuid(id)}`);
}

export function writeStatus({
  id,
  status,
  sentAt,
  settledAt,
}: Pick<PaymentBatch, 'id' | 'status' | 'sentAt' | 'settledAt'>): Query<number> {
  return batches.update({ status, sentAt, settledAt }, sql`id = ${uuid(id)}`);
}

export interface BatchFilter {
  status?: BatchStatus | undefined;
  beforeId?: string | undefined;
  limit: number;
}

/** A page of batches, the newest first, with one more than `limit` if there are more. */
export function listBatches(db: Readable, { status, beforeId, limit }: BatchFilter): Promise<PaymentBatch[]> {
  const where = allOf(
    status === undefined ? undefined : sql`status = ${status}`,
    beforeId === undefined ? undefined : sql`id < ${uuid(beforeId)}`,
  );
  return queryOnce(db, batches.select(sql`${where} ORDER BY id DESC LIMIT ${limit + 1}`));
}

/** The batches whose file is not in the directory yet, the oldest first. One that was sent meanwhile needs none. */
export function findUnwritten(): Read<PaymentBatch[]> {
  return batches.select(sql`status = 'created' AND written_at IS NULL ORDER BY id`);
}

export function markWritten(id: string, now: Date): Query<number> {
  return batches.update({ writtenAt: now }, sql`id = ${uuid(id)} AND written_at IS NULL`);
}

/** A transfer of a batch, as its file has it. */
export interface BatchedTransfer {
  operationId: string;
  state: OutgoingState;
  amountMinor: bigint;
  toName: string | null;
  toIban: string;
  reference: string | null;
  debtorName: string | null;
}

const TRANSFERS = sql`SELECT o.operation_id AS operationId, o.state, p.amount AS amountMinor, p.to_name AS toName, p.to_iban AS toIban,
    p.reference, o.debtor_name AS debtorName
  FROM outgoing_transfers o JOIN operations p ON p.id = o.operation_id`;

/** A page of a batch's transfers in order of their ids, after one of them if it's given. */
export function readBatched(
  batchId: string,
  page: { after: string | null; limit: number },
): Read<BatchedTransfer[]> {
  const where = allOf(
    sql`o.batch_id = ${uuid(batchId)}`,
    page.after === null ? undefined : sql`o.operation_id > ${uuid(page.after)}`,
  );
  return select(sql`${TRANSFERS} WHERE ${where} ORDER BY o.operation_id LIMIT ${page.limit}`);
}

/** What a batch needs to know of the transfers that it takes. */
export interface TransferToSend {
  operationId: string;
  amountMinor: bigint;
  debtorName: string | null;
}

export function readToSend(operationIds: readonly string[]): Query<TransferToSend[]> {
  if (operationIds.length === 0) return constant([]);
  return select(
    sql`SELECT p.id AS operationId, p.amount AS amountMinor, h.name AS debtorName
      FROM operations p JOIN accounts a ON a.id = p.account_id LEFT JOIN people h ON h.id = a.owner_id
      WHERE p.id IN (${uuids(operationIds)}) ORDER BY p.id`,
  );
}

const cutOffs = table<{ day: string; passedAt: Date }>('batch_cut_offs', {
  day: 'day',
  passedAt: 'passed_at',
});

export function cutOffHasPassed(day: string): Read<boolean> {
  return cutOffs.find(sql`day = ${day}`).map((row) => row !== null);
}

/** Notes that the cut-off of a day has passed. A second replica gets a duplicate key. */
export function markCutOff(day: string, now: Date): Query<void> {
  return cutOffs.insert([{ day, passedAt: now }]);
}

/** The username of each of these agents; the id stands in for one who is missing among the people. */
export function findUsernames(ids: readonly string[]): Read<Map<string, string>> {
  const wanted = [...new Set(ids)];
  if (wanted.length === 0) return constant(new Map());
  return select(
    sql`SELECT id, username FROM people WHERE id IN (${uuids(wanted)})`,
    (rows: { id: string; username: string }[]) => new Map(rows.map((row) => [row.id, row.username])),
  );
}

export interface BatchMeasures {
  /** The number of batches by status. */
  counts: Map<BatchStatus, number>;
  /** When the oldest batch was created that isn't sent; null if all are. */
  oldestUnsent: Date | null;
  /** The number of transfers that wait for a batch. */
  waiting: number;
}

export async function measureBatches(db: Database, currency: string): Promise<BatchMeasures> {
  const [groups, waiting] = await Promise.all([
    queryOnce(
      db,
      select<{ status: BatchStatus; count: bigint; oldest: Date }>(
        sql`SELECT status, COUNT(*) AS count, MIN(created_at) AS oldest FROM payment_batches GROUP BY status`,
      ),
    ),
    queryOnce(
      db,
      select<{ count: bigint }>(
        sql`SELECT COUNT(*) AS count FROM outgoing_transfers WHERE state = 'waiting' AND currency = ${currency}`,
      ),
    ),
  ]);
  return {
    counts: new Map(groups.map(({ status, count }) => [status, Number(count)])),
    oldestUnsent: groups.find(({ status }) => status === 'created')?.oldest ?? null,
    waiting: Number(waiting[0]?.count ?? 0),
  };
}
