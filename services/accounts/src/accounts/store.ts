import {
  allOf,
  anyOf,
  change,
  constant,
  findsText,
  lock,
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
  uuidHex,
  uuids,
} from '@guichet/database';
import { PARTS_PER_MINOR } from '../products/accrual.ts';
import type { Account } from './account.ts';

const accounts = table<Account>('accounts', {
  id: uuidColumn('id'),
  ownerId: uuidColumn('owner_id'),
  name: 'name',
  type: 'type',
  product: 'product',
  currency: 'currency',
  status: 'status',
  iban: 'iban',
  balanceMinor: 'balance',
  heldMinor: 'held',
  overdraftMinor: 'overdraft',
  limitOperationMinor: 'limit_operation',
  limitDayMinor: 'limit_day',
  entryCount: 'entry_count',
  createdAt: 'created_at',
  openedAt: 'opened_at',
  closedAt: 'closed_at',
});

export type AccountWithOwner = Account & { ownerName: string };

/** As its owner and agents see it: with the interest of all days that are over, in parts of a minor unit. */
export type AccountWithInterest = AccountWithOwner & { accruedParts: bigint };

// A subquery instead of a join, which would lock the owners too.
const WITH_OWNER = sql`${accounts.columns},
  COALESCE((SELECT people.name FROM people WHERE people.id = accounts.owner_id), '') AS ownerName`;

const ACCRUED_PARTS = sql`(SELECT SUM(accrued - paid * ${PARTS_PER_MINOR}) FROM accruals WHERE accruals.account_id = accounts.id) AS accruedParts`;

type RowWithInterest = AccountWithOwner & { accruedParts: string | null };
const withInterest = (row: RowWithInterest): AccountWithInterest => ({
  ...row,
  accruedParts: BigInt(row.accruedParts ?? 0),
});

/** Locks the accounts in ascending order of id, so that two transactions never deadlock. */
export function lockAccounts(ids: Iterable<string>): TransactionQuery<Map<string, AccountWithOwner>> {
  const sorted = [...new Set(ids)].sort();
  if (sorted.length === 0) return constant(new Map());
  return lock<AccountWithOwner>(
    sql`SELECT ${WITH_OWNER} FROM accounts WHERE id IN (${uuids(sorted)}) ORDER BY id`,
  ).map(byId);
}

/**
 * Locks the accounts of operations, also in ascending order of id, before their ids are known: so operations and accounts are locked in
 * one round trip. The ids are sorted first, and the accounts are looked up one by one in that order.
 */
export function lockAccountsOfOperations(
  operationIds: Iterable<string>,
): TransactionQuery<Map<string, AccountWithOwner>> {
  const ids = [...new Set(operationIds)];
  if (ids.length === 0) return constant(new Map());
  return lock<AccountWithOwner>(
    sql`SELECT STRAIGHT_JOIN ${WITH_OWNER} FROM (
       SELECT account_id AS id FROM operations WHERE id IN (${uuids(ids)}) AND account_id IS NOT NULL
       UNION SELECT to_account_id AS id FROM operations WHERE id IN (${uuids(ids)}) AND to_account_id IS NOT NULL
       ORDER BY id LIMIT ${Number.MAX_SAFE_INTEGER}
     ) AS named JOIN accounts ON accounts.id = named.id`,
  ).map(byId);
}

/** Reads the committed accounts, without a lock. */
export function readAccounts(ids: Iterable<string>): Read<Map<string, AccountWithOwner>> {
  const wanted = [...new Set(ids)];
  if (wanted.length === 0) return constant(new Map());
  return select(sql`SELECT ${WITH_OWNER} FROM accounts WHERE id IN (${uuids(wanted)})`, byId);
}

function byId(rows: AccountWithOwner[]): Map<string, AccountWithOwner> {
  return new Map(rows.map((row) => [row.id, row]));
}

/** The account of a RIB of this bank, its holder's verified name, and whether another RIB has replaced it. */
export interface Payee {
  account: AccountWithOwner;
  holder: { firstName: string | null; lastName: string | null };
  retiredAt: Date | null;
}

type PayeeRow = AccountWithOwner & {
  ribIban: string;
  retiredAt: Date | null;
  firstName: string | null;
  lastName: string | null;
};

/** The accounts of IBANs that this bank has ever issued, including retired ones. */
export function findPayees(ibans: Iterable<string>): Query<Map<string, Payee>> {
  const wanted = [...new Set(ibans)];
  if (wanted.length === 0) return constant(new Map());
  return select(
    sql`SELECT ribs.iban AS ribIban, ribs.retired_at AS retiredAt, ${accounts.columns}, COALESCE(people.name, '') AS ownerName,
       people.verified_first_name AS firstName, people.verified_last_name AS lastName
     FROM ribs JOIN accounts ON accounts.id = ribs.account_id LEFT JOIN people ON people.id = accounts.owner_id
     WHERE ribs.iban IN (${wanted})`,
    (rows: PayeeRow[]) =>
      new Map(
        rows.map(({ ribIban, retiredAt, firstName, lastName, ...account }) => [
          ribIban,
          { account, holder: { firstName, lastName }, retiredAt },
        ]),
      ),
  );
}

/** Locks all accounts of a user. */
export function lockAccountsOf(ownerId: string): TransactionQuery<Account[]> {
  return accounts.lock(sql`owner_id = ${uuid(ownerId)} ORDER BY id`);
}

/** The oldest open account in a currency of each of these users. */
export function findOpenAccountsOf(ownerIds: Iterable<string>, currency: string): Read<Map<string, string>> {
  const wanted = [...new Set(ownerIds)];
  if (wanted.length === 0) return constant(new Map());
  return select(
    sql`SELECT owner_id AS ownerId, MIN(id) AS id FROM accounts
     WHERE owner_id IN (${uuids(wanted)}) AND status = 'open' AND currency = ${currency} GROUP BY owner_id`,
    (rows: { ownerId: string; id: string }[]) => new Map(rows.map(({ ownerId, id }) => [ownerId, id])),
  );
}

export function insertAccounts(given: readonly Account[]): Query<void> {
  return accounts.insert(given, [
    'id',
    'ownerId',
    'name',
    'type',
    'product',
    'currency',
    'status',
    'createdAt',
  ]);
}

/** Writes balance, held and entry count of locked accounts, in one statement. */
export function writeBalances(moved: readonly Account[]): Query<number> {
  if (moved.length === 0) return constant(0);
  // The cost of a table in JSON per row is constant; CASE would search all of them for each row.
  const rows = moved.map((one) => [
    uuidHex(one.id),
    String(one.balanceMinor),
    String(one.heldMinor),
    String(one.entryCount),
  ]);
  return change(sql`UPDATE accounts a JOIN JSON_TABLE(${JSON.stringify(rows)}, '$[*]' COLUMNS (
       id CHAR(32) PATH '$[0]', balance BIGINT PATH '$[1]', held BIGINT PATH '$[2]', entry_count BIGINT PATH '$[3]'
     )) moved ON a.id = UNHEX(moved.id)
     SET a.balance = moved.balance, a.held = moved.held, a.entry_count = moved.entry_count`);
}

/** Writes status, RIB in force, overdraft and limits of locked accounts, in one statement. */
export function writeAccounts(changed: readonly Account[]): Query<number> {
  if (changed.length === 0) return constant(0);
  const minor = (amount: bigint | null) => (amount === null ? null : String(amount));
  const time = (moment: Date | null) => moment?.toISOString().slice(0, -1) ?? null;
  const rows = changed.map((one) => [
    uuidHex(one.id),
    one.status,
    one.iban,
    time(one.openedAt),
    time(one.closedAt),
    minor(one.overdraftMinor),
    minor(one.limitOperationMinor),
    minor(one.limitDayMinor),
  ]);
  return change(sql`UPDATE accounts a JOIN JSON_TABLE(${JSON.stringify(rows)}, '$[*]' COLUMNS (
       id CHAR(32) PATH '$[0]', status VARCHAR(40) PATH '$[1]', iban VARCHAR(34) PATH '$[2]',
       opened_at DATETIME(3) PATH '$[3]', closed_at DATETIME(3) PATH '$[4]', overdraft BIGINT PATH '$[5]',
       limit_operation BIGINT PATH '$[6]', limit_day BIGINT PATH '$[7]'
     )) changed ON a.id = UNHEX(changed.id)
     SET a.status = changed.status, a.iban = changed.iban, a.opened_at = changed.opened_at,
       a.closed_at = changed.closed_at, a.overdraft = changed.overdraft,
       a.limit_operation = changed.limit_operation, a.limit_day = changed.limit_day`);
}

export function writeName(id: string, name: string): Query<number> {
  return accounts.update({ name }, sql`id = ${uuid(id)}`);
}

/** Replaces the names that a user gave to their accounts. */
export function writeNamesOf(ownerId: string, name: string): Query<number> {
  return accounts.update({ name }, sql`owner_id = ${uuid(ownerId)}`);
}

export function findAccount(id: string): Query<AccountWithOwner | null> {
  return readAccounts([id]).map((found) => found.get(id) ?? null);
}

export function findAccountWithInterest(id: string): Query<AccountWithInterest | null> {
  return select(
    sql`SELECT ${WITH_OWNER}, ${ACCRUED_PARTS} FROM accounts WHERE id = ${uuid(id)}`,
    ([row]: RowWithInterest[]) => (row === undefined ? null : withInterest(row)),
  );
}

export interface AccountFilter {
  ownerId?: string | undefined;
  status?: string | undefined;
  /** In the account's or the owner's name, or the beginning of the IBAN. */
  text?: string | undefined;
  afterId?: string | undefined;
  limit: number;
}

/** A page of accounts, oldest first, with one more than `limit` if there are more. */
export async function listAccounts(
  db: Readable,
  { ownerId, status, text, afterId, limit }: AccountFilter,
): Promise<AccountWithInterest[]> {
  const where = allOf(
    ownerId === undefined ? undefined : sql`accounts.owner_id = ${uuid(ownerId)}`,
    status === undefined ? undefined : sql`accounts.status = ${status}`,
    afterId === undefined ? undefined : sql`accounts.id > ${uuid(afterId)}`,
    text === undefined
      ? undefined
      : anyOf(
          findsText(text, { containing: [sql`accounts.name`, sql`people.name`, sql`people.username`] }),
          findsText(text.replace(/\s/g, ''), { startingWith: [sql`accounts.iban`] }),
        ),
  );
  return queryOnce(
    db,
    select(
      sql`SELECT ${accounts.columns}, COALESCE(people.name, '') AS ownerName, ${ACCRUED_PARTS}
        FROM accounts LEFT JOIN people ON people.id = accounts.owner_id
        WHERE ${where} ORDER BY accounts.id LIMIT ${limit + 1}`,
      (rows: RowWithInterest[]) => rows.map(withInterest),
    ),
  );
}
