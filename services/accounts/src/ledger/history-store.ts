import type { Period } from '@guichet/calendar';
import type { OperationKind } from '@guichet/contract';
import { type Database, findsText, type Transaction } from '@guichet/database';
import type { Entry } from './store.ts';

interface EntryRow {
  id: string;
  transfer_id: string;
  operation_id: string;
  account_id: string;
  number: bigint | null;
  type: OperationKind;
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
  kinds?: readonly OperationKind[] | undefined;
  direction?: 'credit' | 'debit' | undefined;
  /** Without sign. */
  minAmountMinor?: bigint | undefined;
  maxAmountMinor?: bigint | undefined;
  /** In the reference or the counterparty's name, or the beginning of its IBAN. */
  text?: string | undefined;
  beforeNumber?: bigint | undefined;
  limit: number;
}

/**
 * A page of an account's history, newest first, with one more than `limit` where there are more. Read in the order of the page, from the
 * numbers of the period alone.
 */
export async function listEntries(db: Database, filter: EntryFilter): Promise<Entry[]> {
  const { accountId, period } = filter;
  const query = db(db.raw('entries FORCE INDEX (entries_number)'))
    .where('account_id', accountId)
    .orderBy('number', 'desc')
    .limit(filter.limit + 1);
  if (period.from !== null) {
    const first = await numberSince(db, accountId, period.from);
    if (first === null) return [];
    query.where('posted_at', '>=', period.from).where('number', '>=', String(first));
  }
  if (period.to !== null) {
    const last = await numberBefore(db, accountId, period.to);
    query.where('posted_at', '<', period.to).where('number', '<=', String(last));
  }
  if (filter.kinds !== undefined) query.whereIn('type', filter.kinds);
  if (filter.direction !== undefined) query.where('amount', filter.direction === 'credit' ? '>' : '<', 0);
  if (filter.minAmountMinor !== undefined)
    query.whereRaw('ABS(amount) >= ?', [String(filter.minAmountMinor)]);
  if (filter.maxAmountMinor !== undefined)
    query.whereRaw('ABS(amount) <= ?', [String(filter.maxAmountMinor)]);
  if (filter.beforeNumber !== undefined) query.where('number', '<', String(filter.beforeNumber));
  if (filter.text !== undefined) {
    const inTexts = findsText(filter.text, { containing: ['reference', 'counterparty_name'] });
    const inIban = findsText(filter.text.replace(/\s/g, ''), { startingWith: ['counterparty_iban'] });
    query.whereRaw(`(${inTexts.sql} OR ${inIban.sql})`, [...inTexts.values, ...inIban.values]);
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

/** The number of an account's first entry since `time`, taken as `numberBefore` is; null where there is none. */
async function numberSince(db: Database, accountId: string, time: Date): Promise<bigint | null> {
  const [[row]] = await db.raw(
    `SELECT MIN(number) AS number FROM (
       SELECT number FROM entries WHERE account_id = ? AND posted_at >= ? ORDER BY posted_at, number LIMIT 1000
     ) AS earliest`,
    [accountId, time],
  );
  return row.number;
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

export interface OperationEntriesFilter {
  operationId: string;
  /** Only entries of this user's accounts; undefined for all, including those of house accounts. */
  ownerId?: string | undefined;
  afterId?: string | undefined;
  limit: number;
}

/** A page of the entries that an operation posted, by id; one more than `limit` if there are more. */
export async function listEntriesOfOperation(
  db: Database,
  { operationId, ownerId, afterId, limit }: OperationEntriesFilter,
): Promise<ShownEntry[]> {
  const query = db('entries')
    .where('entries.operation_id', operationId)
    .select('entries.*')
    .orderBy('entries.id')
    .limit(limit + 1);
  if (ownerId !== undefined) {
    query.join('accounts', 'accounts.id', 'entries.account_id').where('accounts.owner_id', ownerId);
  }
  if (afterId !== undefined) query.where('entries.id', '>', afterId);
  const rows: EntryRow[] = await query;
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
