import type { Period } from '@guichet/calendar';
import {
  type Database,
  insertInto,
  nothing,
  type Statement,
  select,
  type Transaction,
} from '@guichet/database';
import type { Kind } from '../operations/kinds.ts';

/** What was posted: `amountMinor` from the debited to the credited account. */
export interface LedgerTransfer {
  id: string;
  operationId: string;
  kind: Kind;
  amountMinor: bigint;
  currency: string;
  debitAccountId: string;
  creditAccountId: string;
  reference: string | null;
  reversesId: string | null;
  postedAt: Date;
}

/** One side of a transfer; the two sum to zero. A house account's entry has no number and no balance. */
export interface Entry {
  id: string;
  transferId: string;
  operationId: string;
  accountId: string;
  number: bigint | null;
  kind: Kind;
  amountMinor: bigint;
  currency: string;
  balanceAfterMinor: bigint | null;
  counterpartyName: string | null;
  counterpartyIban: string | null;
  reference: string | null;
  postedAt: Date;
}

export function insertTransfers(transfers: readonly LedgerTransfer[]): Statement<void> {
  return insertInto(
    'transfers',
    [
      'id',
      'operation_id',
      'type',
      'amount',
      'currency',
      'debit_account_id',
      'credit_account_id',
      'reference',
      'reverses_id',
      'posted_at',
    ],
    transfers.map((one) => [
      one.id,
      one.operationId,
      one.kind,
      one.amountMinor,
      one.currency,
      one.debitAccountId,
      one.creditAccountId,
      one.reference,
      one.reversesId,
      one.postedAt,
    ]),
  );
}

export function insertEntries(entries: readonly Entry[]): Statement<void> {
  return insertInto(
    'entries',
    [
      'id',
      'transfer_id',
      'operation_id',
      'account_id',
      'number',
      'type',
      'amount',
      'currency',
      'balance_after',
      'counterparty_name',
      'counterparty_iban',
      'reference',
      'posted_at',
    ],
    entries.map((one) => [
      one.id,
      one.transferId,
      one.operationId,
      one.accountId,
      one.number,
      one.kind,
      one.amountMinor,
      one.currency,
      one.balanceAfterMinor,
      one.counterpartyName,
      one.counterpartyIban,
      one.reference,
      one.postedAt,
    ]),
  );
}

interface TransferRow {
  id: string;
  operation_id: string;
  type: Kind;
  amount: bigint;
  currency: string;
  debit_account_id: string;
  credit_account_id: string;
  reference: string | null;
  reverses_id: string | null;
  posted_at: Date;
}

function toTransfer(row: TransferRow): LedgerTransfer {
  return {
    id: row.id,
    operationId: row.operation_id,
    kind: row.type,
    amountMinor: row.amount,
    currency: row.currency,
    debitAccountId: row.debit_account_id,
    creditAccountId: row.credit_account_id,
    reference: row.reference,
    reversesId: row.reverses_id,
    postedAt: row.posted_at,
  };
}

export function findTransfers(ids: Iterable<string>): Statement<Map<string, LedgerTransfer>> {
  const wanted = [...new Set(ids)];
  if (wanted.length === 0) return nothing(new Map());
  return select(
    'SELECT * FROM transfers WHERE id IN (?)',
    [wanted],
    (rows: TransferRow[]) => new Map(rows.map((row) => [row.id, toTransfer(row)])),
  );
}

/** Which of the transfers another one reverses. */
export function findReversedTransfers(ids: readonly string[]): Statement<Set<string>> {
  if (ids.length === 0) return nothing(new Set());
  return select(
    'SELECT reverses_id FROM transfers WHERE reverses_id IN (?)',
    [ids],
    (rows: { reverses_id: string }[]) => new Set(rows.map((row) => row.reverses_id)),
  );
}

interface EntryRow {
  id: string;
  transfer_id: string;
  operation_id: string;
  account_id: string;
  number: bigint | null;
  type: Kind;
  amount: bigint;
  currency: string;
  balance_after: bigint | null;
  counterparty_name: string | null;
  counterparty_iban: string | null;
  reference: string | null;
  posted_at: Date;
}

function toEntry(row: EntryRow): Entry {
  return {
    id: row.id,
    transferId: row.transfer_id,
    operationId: row.operation_id,
    accountId: row.account_id,
    number: row.number,
    kind: row.type,
    amountMinor: row.amount,
    currency: row.currency,
    balanceAfterMinor: row.balance_after,
    counterpartyName: row.counterparty_name,
    counterpartyIban: row.counterparty_iban,
    reference: row.reference,
    postedAt: row.posted_at,
  };
}

export interface EntryFilter {
  accountId: string;
  period: Period;
  kinds?: readonly Kind[] | undefined;
  direction?: 'credit' | 'debit' | undefined;
  /** Without sign. */
  minAmountMinor?: bigint | undefined;
  maxAmountMinor?: bigint | undefined;
  /** In the reference or the counterparty's name, or the beginning of its IBAN. */
  text?: string | undefined;
  beforeNumber?: bigint | undefined;
  limit: number;
}

/** A page of an account's history, newest first, with one more than `limit` where there are more. */
export async function listEntries(db: Database, filter: EntryFilter): Promise<Entry[]> {
  const query = db('entries')
    .where('account_id', filter.accountId)
    .orderBy('number', 'desc')
    .limit(filter.limit + 1);
  if (filter.period.from !== null) query.where('posted_at', '>=', filter.period.from);
  if (filter.period.to !== null) query.where('posted_at', '<', filter.period.to);
  if (filter.kinds !== undefined) query.whereIn('type', filter.kinds);
  if (filter.direction !== undefined) query.where('amount', filter.direction === 'credit' ? '>' : '<', 0);
  if (filter.minAmountMinor !== undefined)
    query.whereRaw('ABS(amount) >= ?', [String(filter.minAmountMinor)]);
  if (filter.maxAmountMinor !== undefined)
    query.whereRaw('ABS(amount) <= ?', [String(filter.maxAmountMinor)]);
  if (filter.beforeNumber !== undefined) query.where('number', '<', String(filter.beforeNumber));
  if (filter.text !== undefined) {
    const escaped = filter.text.replace(/[\\%_]/g, '\\$&');
    query.where((any) =>
      any
        .where('reference', 'like', `%${escaped}%`)
        .orWhere('counterparty_name', 'like', `%${escaped}%`)
        .orWhere('counterparty_iban', 'like', `${escaped.replace(/\s/g, '').toUpperCase()}%`),
    );
  }
  const rows: EntryRow[] = await query;
  return rows.map(toEntry);
}

/**
 * The number of an account's last entry before `time`; 0 where there is none. Numbers are given under the account's lock, times are
 * taken before it: where two replicas post at once a higher number may have the earlier time, so the highest of the latest counts.
 */
export async function numberBefore(db: Database, accountId: string, time: Date): Promise<bigint> {
  const [[row]] = await db.raw(
    `SELECT MAX(number) AS number FROM (
       SELECT number FROM entries WHERE account_id = ? AND posted_at < ? ORDER BY posted_at DESC, number DESC LIMIT 1000
     ) AS latest`,
    [accountId, time],
  );
  return row.number ?? 0n;
}

/** What an account held after the entry of that number; nothing before the first. */
export async function balanceOfNumber(db: Database, accountId: string, number: bigint): Promise<bigint> {
  const row: { balance_after: bigint } | undefined = await db('entries')
    .where({ account_id: accountId, number: String(number) })
    .first('balance_after');
  return row?.balance_after ?? 0n;
}

/** What an account held after its last entry up to and including `at`. */
export async function balanceAt(db: Database, accountId: string, at: Date): Promise<bigint> {
  // Times are kept in milliseconds.
  const number = await numberBefore(db, accountId, new Date(at.getTime() + 1));
  return balanceOfNumber(db, accountId, number);
}

/** The entries above the number `after`, up to and including `through`, oldest first. */
export async function entriesBetween(
  db: Database,
  accountId: string,
  after: bigint,
  through: bigint,
): Promise<ShownEntry[]> {
  const rows: EntryRow[] = await db('entries')
    .where('account_id', accountId)
    .where('number', '>', String(after))
    .where('number', '<=', String(through))
    .orderBy('number');
  return withReversals(db, rows.map(toEntry));
}

/** An entry with what links its transfer to another: the one that it reverses, and the one that reversed it. */
export type ShownEntry = Entry & { reversesTransferId: string | null; reversedByTransferId: string | null };

/** Adds to entries how their transfers are linked by reversals. */
export async function withReversals(db: Database, entries: readonly Entry[]): Promise<ShownEntry[]> {
  const { reverses, reversedBy } = await findReversalsOf(
    db,
    entries.map(({ transferId }) => transferId),
  );
  return entries.map((entry) => ({
    ...entry,
    reversesTransferId: reverses.get(entry.transferId) ?? null,
    reversedByTransferId: reversedBy.get(entry.transferId) ?? null,
  }));
}

/** Of the transfers: what each reverses, and by what each was reversed, where there is any. */
export async function findReversalsOf(
  db: Database | Transaction,
  transferIds: readonly string[],
): Promise<{ reverses: Map<string, string>; reversedBy: Map<string, string> }> {
  const wanted = [...new Set(transferIds)];
  if (wanted.length === 0) return { reverses: new Map(), reversedBy: new Map() };
  const places = wanted.map(() => '?').join(', ');
  const [rows] = await db.raw(
    `SELECT id, reverses_id FROM transfers WHERE id IN (${places}) AND reverses_id IS NOT NULL
     UNION SELECT id, reverses_id FROM transfers WHERE reverses_id IN (${places})`,
    [...wanted, ...wanted],
  );
  const pairs = rows as { id: string; reverses_id: string }[];
  return {
    reverses: new Map(pairs.map(({ id, reverses_id }) => [id, reverses_id])),
    reversedBy: new Map(pairs.map(({ id, reverses_id }) => [reverses_id, id])),
  };
}
