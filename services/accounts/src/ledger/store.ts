import type { Period } from '@guichet/calendar';
import type { Database, Transaction } from '@guichet/database';
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

export async function insertTransfers(trx: Transaction, transfers: readonly LedgerTransfer[]): Promise<void> {
  if (transfers.length === 0) return;
  await trx('transfers').insert(
    transfers.map((one) => ({
      id: one.id,
      operation_id: one.operationId,
      type: one.kind,
      amount: String(one.amountMinor),
      currency: one.currency,
      debit_account_id: one.debitAccountId,
      credit_account_id: one.creditAccountId,
      reference: one.reference,
      reverses_id: one.reversesId,
      posted_at: one.postedAt,
    })),
  );
}

export async function insertEntries(trx: Transaction, entries: readonly Entry[]): Promise<void> {
  if (entries.length === 0) return;
  await trx('entries').insert(
    entries.map((one) => ({
      id: one.id,
      transfer_id: one.transferId,
      operation_id: one.operationId,
      account_id: one.accountId,
      number: one.number === null ? null : String(one.number),
      type: one.kind,
      amount: String(one.amountMinor),
      currency: one.currency,
      balance_after: one.balanceAfterMinor === null ? null : String(one.balanceAfterMinor),
      counterparty_name: one.counterpartyName,
      counterparty_iban: one.counterpartyIban,
      reference: one.reference,
      posted_at: one.postedAt,
    })),
  );
}

export async function findTransfers(
  trx: Transaction,
  ids: Iterable<string>,
): Promise<Map<string, LedgerTransfer>> {
  const wanted = [...new Set(ids)];
  if (wanted.length === 0) return new Map();
  const rows: {
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
  }[] = await trx('transfers').whereIn('id', wanted);
  return new Map(
    rows.map((row) => [
      row.id,
      {
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
      },
    ]),
  );
}

/** Which of the transfers another one reverses. */
export async function findReversedTransfers(trx: Transaction, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const rows: { reverses_id: string }[] = await trx('transfers')
    .whereIn('reverses_id', ids)
    .select('reverses_id');
  return new Set(rows.map((row) => row.reverses_id));
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

/** What an account held after its last entry up to and including `at`. */
export async function balanceAt(db: Database, accountId: string, at: Date): Promise<bigint> {
  const row: { balance_after: bigint } | undefined = await db('entries')
    .where('account_id', accountId)
    .where('posted_at', '<=', at)
    .orderBy('number', 'desc')
    .first('balance_after');
  return row?.balance_after ?? 0n;
}

/** What an account held just before `at`. */
export async function balanceBefore(db: Database, accountId: string, at: Date): Promise<bigint> {
  const row: { balance_after: bigint } | undefined = await db('entries')
    .where('account_id', accountId)
    .where('posted_at', '<', at)
    .orderBy('number', 'desc')
    .first('balance_after');
  return row?.balance_after ?? 0n;
}

/** All entries of a period, oldest first: a statement's. */
export async function entriesOf(
  db: Database,
  accountId: string,
  period: { from: Date; to: Date },
): Promise<Entry[]> {
  const rows: EntryRow[] = await db('entries')
    .where('account_id', accountId)
    .where('posted_at', '>=', period.from)
    .where('posted_at', '<', period.to)
    .orderBy('number');
  return rows.map(toEntry);
}
