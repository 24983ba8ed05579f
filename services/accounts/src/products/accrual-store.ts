import {
  constant,
  inTransaction,
  join,
  NO_UUID,
  type Read,
  select,
  sql,
  type TransactionQuery,
  table,
  uuid,
  uuidColumn,
  uuids,
} from '@guichet/database';
import { PARTS_PER_MINOR } from './accrual.ts';

/** What an account earned (or owes) for the days of a month, in parts of a minor unit, and the fee of the month. */
export interface Accrual {
  accountId: string;
  month: string;
  accrued: bigint;
  feeMinor: bigint;
}

/** How far interest has been added up: for all accounts up to the day `through`, and for the next day up to the account `afterAccountId`. */
export interface AccrualProgress {
  through: string;
  afterAccountId: string;
}

const accruals = table<Accrual>('accruals', {
  accountId: uuidColumn('account_id'),
  month: 'month',
  accrued: { column: 'accrued', read: BigInt },
  feeMinor: 'fee',
});

const progress = table<AccrualProgress & { id: number }>('accrual_progress', {
  id: 'id',
  through: 'through',
  afterAccountId: uuidColumn('after_account_id'),
});
/** It has one row. */
const ID = 1;

/** Locks out every other process that adds up interest. Null before the first time. */
export function lockProgress(): TransactionQuery<AccrualProgress | null> {
  return progress.lockOne(sql`id = 1`);
}

/** The last day that was added up for all accounts; null before the first time. */
export function findAccruedThrough(): Read<string | null> {
  return progress.find(sql`id = 1`).map((row) => row?.through ?? null);
}

/** Fails with a duplicate key if another process has begun. */
export function beginProgress(through: string): TransactionQuery<void> {
  return inTransaction(progress.insert([{ id: ID, through, afterAccountId: NO_UUID }]));
}

export function writeProgress(reached: AccrualProgress): TransactionQuery<number> {
  return inTransaction(progress.update(reached, sql`id = 1`));
}

/** Adds the interest of a day. The caller holds the lock of the progress and moves it in the same transaction. */
export function addAccruals(added: readonly Accrual[]): TransactionQuery<void> {
  return inTransaction(
    accruals.upsert(
      added,
      ['accountId', 'month', 'accrued', 'feeMinor'],
      sql`accrued = accrued + VALUES(accrued), fee = fee + VALUES(fee)`,
    ),
  );
}

/** What was accrued for each account and not paid, in parts of a minor unit; accounts without any are left out. */
export function sumAccruals(accountIds: Iterable<string>): Read<Map<string, bigint>> {
  const wanted = [...new Set(accountIds)];
  if (wanted.length === 0) return constant(new Map());
  return select(
    sql`SELECT account_id AS accountId, SUM(accrued - paid * ${PARTS_PER_MINOR}) AS accrued FROM accruals
     WHERE account_id IN (${uuids(wanted)}) GROUP BY account_id`,
    (rows: { accountId: string; accrued: string }[]) =>
      new Map(rows.map(({ accountId, accrued }) => [accountId, BigInt(accrued)])),
  );
}

interface LatestEntry {
  accountId: string;
  product: string;
  /** The account's last entry, whenever it was; null if there is none. */
  balanceMinor: bigint | null;
  postedAt: Date | null;
  /** Whether it was closed before the day was over. */
  isClosed: boolean;
}

/** The accounts of these products that were open on a day, with their last entries, in order of their ids, at most `limit` after one of them. */
export function listLatestEntries(filter: {
  day: { from: Date; to: Date };
  products: readonly string[];
  afterId: string;
  limit: number;
}): Read<LatestEntry[]> {
  const { day, products, afterId, limit } = filter;
  return select(
    sql`SELECT accounts.id AS accountId, accounts.product, entries.balance_after AS balanceMinor, entries.posted_at AS postedAt,
       accounts.closed_at IS NOT NULL AND accounts.closed_at < ${day.to} AS closed
     FROM accounts LEFT JOIN entries ON entries.account_id = accounts.id AND entries.number = accounts.entry_count
     WHERE accounts.id > ${uuid(afterId)} AND accounts.product IN (${products})
       AND accounts.opened_at < ${day.to} AND (accounts.closed_at IS NULL OR accounts.closed_at >= ${day.from})
     ORDER BY accounts.id LIMIT ${limit}`,
    (rows: (Omit<LatestEntry, 'isClosed'> & { closed: number | bigint })[]) =>
      rows.map(({ closed, ...row }) => ({ ...row, isClosed: Number(closed) === 1 })),
  );
}

/** How many entries with the latest times are looked through for the one with the highest number, because the clocks of replicas differ. */
const LATEST_TIMES = 64;

/**
 * The balance of each of these accounts after its last entry before `time`; accounts without one are left out. The last entry is the one with the highest number, as in
 * statements: numbers are assigned under the account's lock, but times are taken before it. Each account has its own SELECT, because the server doesn't use the
 * index for a time that it compares within a join.
 */
export function findBalancesBefore(accountIds: readonly string[], time: Date): Read<Map<string, bigint>> {
  if (accountIds.length === 0) return constant(new Map());
  const each = accountIds.map(
    (
      id,
    ) => sql`(SELECT account_id AS accountId, balance_after AS balanceMinor FROM entries WHERE account_id = ${uuid(id)} AND number = (
       SELECT MAX(number) FROM (
         SELECT number FROM entries WHERE account_id = ${uuid(id)} AND posted_at < ${time}
         ORDER BY posted_at DESC, number DESC LIMIT ${LATEST_TIMES}
       ) AS latest))`,
  );
  return select(
    join(each, sql` UNION ALL `),
    (rows: { accountId: string; balanceMinor: bigint }[]) =>
      new Map(rows.map(({ accountId, balanceMinor }) => [accountId, balanceMinor])),
  );
}
