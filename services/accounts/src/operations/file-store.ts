import type { IncomingStatus } from '@guichet/contract';
import {
  allOf,
  change,
  constant,
  lock,
  type Query,
  type Read,
  select,
  sql,
  type Transaction,
  type TransactionQuery,
  table,
  uuid,
  uuidColumn,
  uuids,
} from '@guichet/database';
import type { FileItem, LockedItem, ReceivedFile, ReceivedItem } from '../payment-files/received-file.ts';
import { definitionOf } from './kinds/index.ts';
import type { Operation } from './operation.ts';

const files = table<ReceivedFile>('payment_files', {
  operationId: uuidColumn('operation_id'),
  messageId: 'message_id',
  count: 'count',
  totalMinor: 'total',
  delivery: 'delivery',
  state: 'state',
});

const items = table<FileItem>('payment_items', {
  id: uuidColumn('id'),
  fileId: uuidColumn('file_id'),
  number: 'number',
  endToEndId: 'end_to_end_id',
  amountMinor: 'amount',
  debtorName: 'debtor_name',
  debtorIban: 'debtor_iban',
  creditorIban: 'creditor_iban',
  reference: 'reference',
  returnReason: 'return_reason',
  status: 'status',
  accountId: uuidColumn('account_id'),
  transferId: uuidColumn('transfer_id'),
  reason: 'reason',
  resolutionId: uuidColumn('resolution_id'),
  acceptanceId: uuidColumn('acceptance_id'),
});

// Subqueries instead of a join, which would lock the operations too.
const WITH_FILE = sql`${items.columns},
  (SELECT currency FROM operations WHERE operations.id = payment_items.file_id) AS currency,
  (SELECT created_at FROM operations WHERE operations.id = payment_items.file_id) AS receivedAt`;

const withFile = ({ currency, receivedAt, ...row }: ReceivedItem): ReceivedItem => ({
  ...items.read(row),
  currency,
  receivedAt,
});

const received = table<{ digest: Buffer; fileId: string }>('received_payments', {
  digest: 'digest',
  fileId: uuidColumn('file_id'),
});

/** Rows in one statement: a file of 50,000 payments is longer than the server takes at once. */
const ROWS_AT_ONCE = 1_000;

/** Stores a file that was received, with its payments and the digests by which they are found if they come again. */
export async function insertFile(
  trx: Transaction,
  {
    file,
    payments,
    digests,
  }: { file: ReceivedFile; payments: readonly FileItem[]; digests: readonly Buffer[] },
): Promise<void> {
  await trx.query(files.insert([file]));
  for (let from = 0; from < payments.length; from += ROWS_AT_ONCE)
    await trx.query(items.insert(payments.slice(from, from + ROWS_AT_ONCE)));
  for (let from = 0; from < digests.length; from += ROWS_AT_ONCE)
    await trx.query(
      received.insert(
        digests.slice(from, from + ROWS_AT_ONCE).map((digest) => ({ digest, fileId: file.operationId })),
      ),
    );
}

/** Those of the digests, in hexadecimal, that were received before. */
export async function findReceived(trx: Transaction, digests: readonly Buffer[]): Promise<Set<string>> {
  const known = new Set<string>();
  for (let from = 0; from < digests.length; from += ROWS_AT_ONCE) {
    const some = digests.slice(from, from + ROWS_AT_ONCE);
    const [rows] = await trx.query(received.select(sql`digest IN (${some})`));
    for (const { digest } of rows) known.add(Buffer.from(digest).toString('hex'));
  }
  return known;
}

/** The ids of the operations that a file was received as. */
export function idsOfFiles(operations: Iterable<Pick<Operation, 'id' | 'kind'>>): string[] {
  return [...operations].flatMap(({ id, kind }) => (isFile({ kind }) ? [id] : []));
}

function isFile({ kind }: Pick<Operation, 'kind'>): boolean {
  return definitionOf({ kind }).postsFile === true;
}

export function findFiles(operationIds: readonly string[]): Read<Map<string, ReceivedFile>> {
  if (operationIds.length === 0) return constant(new Map());
  return files
    .select(sql`operation_id IN (${uuids(operationIds)})`)
    .map((rows) => new Map(rows.map((row) => [row.operationId, row])));
}

/** The operation as which a file of the bank's folder was received; null if it wasn't. */
export function findDelivered(delivery: Buffer): Query<string | null> {
  return files.find(sql`delivery = ${delivery}`).map((file) => file?.operationId ?? null);
}

/** The files of which these operations are payments, or accept a duplicate, by the operation. */
export function findFilesOfItems(operationIds: readonly string[]): Read<Map<string, string>> {
  if (operationIds.length === 0) return constant(new Map());
  return select(
    sql`SELECT id, file_id AS fileId FROM payment_items WHERE id IN (${uuids(operationIds)})
      UNION ALL SELECT acceptance_id, file_id FROM payment_items WHERE acceptance_id IN (${uuids(operationIds)})`,
    (rows: { id: string; fileId: string }[]) => new Map(rows.map(({ id, fileId }) => [id, fileId])),
  );
}

/** Those of the operations that post a payment although it's a duplicate. */
export function idsOfAcceptances(operations: Iterable<Pick<Operation, 'id' | 'kind'>>): string[] {
  return [...operations].flatMap((one) => (definitionOf(one).acceptsDuplicate === true ? [one.id] : []));
}

/** Locks the file that was approved first and isn't posted completely, or this one. */
export function lockPostingFile(operationId: string | null): TransactionQuery<ReceivedFile | null> {
  const which = operationId === null ? undefined : sql`operation_id = ${uuid(operationId)}`;
  return files
    .lock(sql`${allOf(sql`state = 'posting'`, which)} ORDER BY operation_id LIMIT 1`)
    .map(([file]) => file ?? null);
}

/** Payments of a locked file that are not posted yet, in its order. */
export function pendingItems(fileId: string, limit: number): Query<FileItem[]> {
  return items.select(sql`file_id = ${uuid(fileId)} AND status = 'pending' ORDER BY number LIMIT ${limit}`);
}

/** Writes what became of payments of a locked file. */
export function writeItems(changed: readonly FileItem[]): Query<void> {
  return items.upsert(
    changed,
    ['id', 'fileId', 'number', 'endToEndId', 'amountMinor', 'status', 'accountId', 'transferId', 'reason'],
    sql`status = VALUES(status), account_id = VALUES(account_id), transfer_id = VALUES(transfer_id), reason = VALUES(reason)`,
  );
}

export function markPosted(fileId: string): Query<number> {
  return files.update({ state: 'posted' }, sql`operation_id = ${uuid(fileId)}`);
}

/** Locks payments of files, in ascending order of id. Operations and accounts are locked before them. */
export function lockItems(ids: Iterable<string>): TransactionQuery<Map<string, LockedItem>> {
  const sorted = [...new Set(ids)].sort();
  if (sorted.length === 0) return constant(new Map());
  return lock<LockedItem>(
    sql`SELECT ${WITH_FILE}, (SELECT state FROM payment_files WHERE operation_id = payment_items.file_id) AS fileState
      FROM payment_items WHERE id IN (${uuids(sorted)}) ORDER BY id`,
  ).map((rows) => new Map(rows.map(({ fileState, ...row }) => [row.id, { ...withFile(row), fileState }])));
}

/** The payments that these operations take out of suspense, by the operation. */
export function findResolved(
  operationIds: readonly string[],
): Read<Map<string, Pick<ReceivedItem, 'reason' | 'currency'>>> {
  if (operationIds.length === 0) return constant(new Map());
  return select(
    sql`SELECT resolution_id AS id, payment_items.reason, operations.currency FROM payment_items
      JOIN operations ON operations.id = payment_items.file_id WHERE resolution_id IN (${uuids(operationIds)})`,
    (rows: (Pick<ReceivedItem, 'reason' | 'currency'> & { id: string })[]) =>
      new Map(rows.map(({ id, ...one }) => [id, one])),
  );
}

/** Notes which operation takes each payment out of suspense. */
export function writeResolutions(
  resolved: readonly { id: string; resolutionId: string }[],
): Query<unknown>[] {
  return resolved.map(({ id, resolutionId }) => items.update({ resolutionId }, sql`id = ${uuid(id)}`));
}

/** Notes which operation posts each payment although it's a duplicate. */
export function writeAcceptances(
  accepted: readonly { id: string; acceptanceId: string }[],
): Query<unknown>[] {
  return accepted.map(({ id, acceptanceId }) => items.update({ acceptanceId }, sql`id = ${uuid(id)}`));
}

/** Writes what decisions on operations change in files and in suspense. @param fileOfAcceptance the file of the duplicate that each accepts */
export function followFiles(
  decided: readonly Operation[],
  fileOfAcceptance: ReadonlyMap<string, string>,
): Query<unknown>[] {
  const posted = decided.filter(({ status }) => status === 'posted');
  const ended = decided.filter(({ status }) => ['rejected', 'cancelled', 'expired'].includes(status));
  const idsOf = (some: readonly Operation[], ...kinds: Operation['kind'][]) =>
    some.flatMap(({ id, kind }) => (kinds.includes(kind) ? [id] : []));
  const accepted = idsOfAcceptances(posted);
  const begun = [...idsOfFiles(posted), ...accepted.flatMap((id) => fileOfAcceptance.get(id) ?? [])];
  const abandoned = idsOfFiles(ended);
  const returned = idsOf(posted, 'suspense_return');
  const given = posted.filter(({ kind }) => kind === 'suspense_assignment');
  const released = idsOf(ended, 'suspense_assignment', 'suspense_return');
  const unaccepted = idsOfAcceptances(ended);
  const reversed = posted.flatMap(({ reversesTransferId }) => reversesTransferId ?? []);
  const some = (ids: readonly string[], ...queries: Query<unknown>[]) => (ids.length === 0 ? [] : queries);
  return [
    // The process that posts the file holds this lock: so it either isn't done yet, or begins again because of this.
    ...some(begun, files.update({ state: 'posting' }, sql`operation_id IN (${uuids(begun)})`)),
    ...some(accepted, items.update({ status: 'pending' }, sql`acceptance_id IN (${uuids(accepted)})`)),
    ...some(unaccepted, items.update({ acceptanceId: null }, sql`acceptance_id IN (${uuids(unaccepted)})`)),
    ...some(
      abandoned,
      files.update({ state: 'abandoned' }, sql`operation_id IN (${uuids(abandoned)})`),
      items.update({ status: 'rejected' }, sql`file_id IN (${uuids(abandoned)}) AND status = 'pending'`),
      // It may be corrected and sent again.
      received.delete(sql`file_id IN (${uuids(abandoned)})`),
    ),
    ...some(returned, items.update({ status: 'returned' }, sql`resolution_id IN (${uuids(returned)})`)),
    ...given.map(({ id, accountId }) =>
      items.update({ status: 'assigned', accountId }, sql`resolution_id = ${uuid(id)}`),
    ),
    ...some(released, items.update({ resolutionId: null }, sql`resolution_id IN (${uuids(released)})`)),
    ...some(
      reversed,
      // The money of one whose credit was reversed lies in clearing, also after an assignment that was reversed.
      change(sql`UPDATE payment_items SET status = 'suspense', reason = IF(id IN (${uuids(reversed)}) OR reason <=> 'reversed', 'reversed', 'unassigned'),
        account_id = NULL, resolution_id = NULL
        WHERE (id IN (${uuids(reversed)}) AND status = 'credited') OR (resolution_id IN (${uuids(reversed)}) AND status = 'assigned')`),
    ),
  ];
}

/** Payments of a file, in its order, with one more than `limit` if there are more. */
export function listItems(
  fileId: string,
  { status, after, limit }: { status: IncomingStatus | undefined; after: number | undefined; limit: number },
): Read<FileItem[]> {
  const where = allOf(
    sql`file_id = ${uuid(fileId)}`,
    status === undefined ? undefined : sql`status = ${status}`,
    after === undefined ? undefined : sql`number > ${after}`,
  );
  return items.select(sql`${where} ORDER BY number LIMIT ${limit + 1}`);
}

/** A payment of a file; null if there is none with this id. */
export function findItem(id: string): Read<ReceivedItem | null> {
  return select<ReceivedItem>(sql`SELECT ${WITH_FILE} FROM payment_items WHERE id = ${uuid(id)}`).map(
    ([row]) => (row === undefined ? null : withFile(row)),
  );
}

/** Payments in suspense, the oldest first, with one more than `limit` if there are more; with their currencies. */
export function listSuspense({
  afterId,
  limit,
}: {
  afterId: string | undefined;
  limit: number;
}): Read<ReceivedItem[]> {
  const where = allOf(
    sql`payment_items.status = 'suspense'`,
    afterId === undefined ? undefined : sql`payment_items.id > ${uuid(afterId)}`,
  );
  return select<ReceivedItem>(
    sql`SELECT ${WITH_FILE} FROM payment_items WHERE ${where} ORDER BY payment_items.id LIMIT ${limit + 1}`,
  ).map((rows) => rows.map(withFile));
}

/** How many payments are in suspense, when the file of the oldest was received (null if there is none), and how many files are being posted. */
export function countSuspense(): Read<{ count: number; oldestAt: Date | null; posting: number }> {
  return select(
    sql`SELECT COUNT(*) AS count, (
        SELECT created_at FROM payment_items AS oldest JOIN operations ON operations.id = oldest.file_id
        WHERE oldest.status = 'suspense' ORDER BY oldest.id LIMIT 1
      ) AS oldestAt, (SELECT COUNT(*) FROM payment_files WHERE state = 'posting') AS posting
      FROM payment_items WHERE status = 'suspense'`,
    ([row]: { count: bigint; oldestAt: Date | null; posting: bigint }[]) => ({
      count: Number(row?.count ?? 0),
      oldestAt: row?.oldestAt ?? null,
      posting: Number(row?.posting ?? 0),
    }),
  );
}
