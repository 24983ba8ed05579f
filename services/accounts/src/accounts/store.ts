import {
  change,
  constant,
  type Database,
  findsText,
  insertInto,
  type Statement,
  select,
  type Transaction,
} from '@guichet/database';
import type { Account } from './account.ts';

interface AccountRow {
  id: string;
  owner_id: string;
  name: string;
  type: Account['type'];
  currency: string;
  status: Account['status'];
  iban: string | null;
  balance: bigint;
  held: bigint;
  overdraft: bigint;
  limit_operation: bigint | null;
  limit_day: bigint | null;
  entry_count: bigint;
  created_at: Date;
  opened_at: Date | null;
  closed_at: Date | null;
}

function toAccount(row: AccountRow): Account {
  return {
    id: row.id,
    ownerId: row.owner_id,
    name: row.name,
    type: row.type,
    currency: row.currency,
    status: row.status,
    iban: row.iban,
    balanceMinor: row.balance,
    heldMinor: row.held,
    overdraftMinor: row.overdraft,
    limitOperationMinor: row.limit_operation,
    limitDayMinor: row.limit_day,
    entryCount: row.entry_count,
    createdAt: row.created_at,
    openedAt: row.opened_at,
    closedAt: row.closed_at,
  };
}

export type AccountWithOwner = Account & { ownerName: string };

type AccountRowWithOwner = AccountRow & { owner_name: string | null };

function toAccountWithOwner(row: AccountRowWithOwner): AccountWithOwner {
  return { ...toAccount(row), ownerName: row.owner_name ?? '' };
}

// Within the statement, and not as a join, for a join would lock the owners too.
const WITH_OWNER = `accounts.*, (SELECT people.name FROM people WHERE people.id = accounts.owner_id) AS owner_name`;

/** Locks the accounts, in ascending order of id, whatever the order asked, so that two transactions never wait for each other. */
export function lockAccounts(ids: Iterable<string>): Statement<Map<string, AccountWithOwner>> {
  const sorted = [...new Set(ids)].sort();
  if (sorted.length === 0) return constant(new Map());
  return select(`SELECT ${WITH_OWNER} FROM accounts WHERE id IN (?) ORDER BY id FOR UPDATE`, [sorted], byId);
}

/**
 * Locks the accounts of operations, in ascending order of id too, without their ids being known: so that operations and accounts are
 * locked in one journey. The ids are put in order first, and the accounts are looked up one by one in that order.
 */
export function lockAccountsOfOperations(
  operationIds: Iterable<string>,
): Statement<Map<string, AccountWithOwner>> {
  const wanted = [...new Set(operationIds)];
  if (wanted.length === 0) return constant(new Map());
  const named = (column: string) =>
    `SELECT ${column} AS id FROM operations WHERE id IN (?) AND ${column} IS NOT NULL`;
  return select(
    `SELECT STRAIGHT_JOIN ${WITH_OWNER} FROM (
       ${named('account_id')} UNION ${named('from_account_id')} UNION ${named('to_account_id')}
       ORDER BY id LIMIT ${Number.MAX_SAFE_INTEGER}
     ) AS named JOIN accounts ON accounts.id = named.id FOR UPDATE`,
    [wanted, wanted, wanted],
    byId,
  );
}

/** Reads the accounts as they are committed, without a lock. */
export function readAccounts(ids: Iterable<string>): Statement<Map<string, AccountWithOwner>> {
  const wanted = [...new Set(ids)];
  if (wanted.length === 0) return constant(new Map());
  return select(`SELECT ${WITH_OWNER} FROM accounts WHERE id IN (?)`, [wanted], byId);
}

function byId(rows: AccountRowWithOwner[]): Map<string, AccountWithOwner> {
  return new Map(rows.map((row) => [row.id, toAccountWithOwner(row)]));
}

/** The account of a RIB of this bank, its holder's verified name, and whether another RIB has replaced it. */
export interface Payee {
  account: AccountWithOwner;
  holder: { firstName: string | null; lastName: string | null };
  retiredAt: Date | null;
}

type PayeeRow = AccountRowWithOwner & {
  rib_iban: string;
  retired_at: Date | null;
  first_name: string | null;
  last_name: string | null;
};

/** The accounts to which IBANs of this bank lead, retired ones too; an IBAN that was never given out is left out. */
export function findPayees(ibans: Iterable<string>): Statement<Map<string, Payee>> {
  const wanted = [...new Set(ibans)];
  if (wanted.length === 0) return constant(new Map());
  return select(
    `SELECT ribs.iban AS rib_iban, ribs.retired_at, accounts.*, people.name AS owner_name,
       people.verified_first_name AS first_name, people.verified_last_name AS last_name
     FROM ribs JOIN accounts ON accounts.id = ribs.account_id LEFT JOIN people ON people.id = accounts.owner_id
     WHERE ribs.iban IN (?)`,
    [wanted],
    (rows: PayeeRow[]) =>
      new Map(
        rows.map((row) => [
          row.rib_iban,
          {
            account: toAccountWithOwner(row),
            holder: { firstName: row.first_name, lastName: row.last_name },
            retiredAt: row.retired_at,
          },
        ]),
      ),
  );
}

/** Locks all accounts of a person. */
export async function lockAccountsOf(trx: Transaction, ownerId: string): Promise<Account[]> {
  const rows: AccountRow[] = await trx('accounts').where('owner_id', ownerId).orderBy('id').forUpdate();
  return rows.map(toAccount);
}

export function insertAccounts(accounts: readonly Account[]): Statement<void> {
  return insertInto(
    'accounts',
    ['id', 'owner_id', 'name', 'type', 'currency', 'status', 'created_at'],
    accounts.map((one) => [one.id, one.ownerId, one.name, one.type, one.currency, one.status, one.createdAt]),
  );
}

/** Writes balance, held and entry count of locked accounts, in one statement. */
export function writeBalances(accounts: readonly Account[]): Statement<void> {
  if (accounts.length === 0) return constant(undefined);
  // A table in JSON costs the same for each row; CASE would search all of them for each.
  const rows = accounts.map((one) => [
    one.id,
    String(one.balanceMinor),
    String(one.heldMinor),
    String(one.entryCount),
  ]);
  return change(
    `UPDATE accounts a JOIN JSON_TABLE(?, '$[*]' COLUMNS (
       id CHAR(36) PATH '$[0]', balance BIGINT PATH '$[1]', held BIGINT PATH '$[2]', entry_count BIGINT PATH '$[3]'
     )) moved ON a.id = CONVERT(moved.id USING ascii) COLLATE ascii_bin
     SET a.balance = moved.balance, a.held = moved.held, a.entry_count = moved.entry_count`,
    [JSON.stringify(rows)],
  );
}

/** Writes status, RIB in force, overdraft and limits of locked accounts, in one statement. */
export function writeAccounts(accounts: readonly Account[]): Statement<void> {
  if (accounts.length === 0) return constant(undefined);
  const minor = (amount: bigint | null) => (amount === null ? null : String(amount));
  const time = (moment: Date | null) => moment?.toISOString().slice(0, -1) ?? null;
  const rows = accounts.map((one) => [
    one.id,
    one.status,
    one.iban,
    time(one.openedAt),
    time(one.closedAt),
    minor(one.overdraftMinor),
    minor(one.limitOperationMinor),
    minor(one.limitDayMinor),
  ]);
  return change(
    `UPDATE accounts a JOIN JSON_TABLE(?, '$[*]' COLUMNS (
       id CHAR(36) PATH '$[0]', status VARCHAR(40) PATH '$[1]', iban VARCHAR(34) PATH '$[2]',
       opened_at DATETIME(3) PATH '$[3]', closed_at DATETIME(3) PATH '$[4]', overdraft BIGINT PATH '$[5]',
       limit_operation BIGINT PATH '$[6]', limit_day BIGINT PATH '$[7]'
     )) changed ON a.id = CONVERT(changed.id USING ascii) COLLATE ascii_bin
     SET a.status = changed.status, a.iban = changed.iban, a.opened_at = changed.opened_at,
       a.closed_at = changed.closed_at, a.overdraft = changed.overdraft,
       a.limit_operation = changed.limit_operation, a.limit_day = changed.limit_day`,
    [JSON.stringify(rows)],
  );
}

export async function writeName(trx: Transaction, id: string, name: string): Promise<void> {
  await trx('accounts').where('id', id).update({ name });
}

function withOwners(db: Database | Transaction) {
  return db('accounts')
    .leftJoin('people', 'people.id', 'accounts.owner_id')
    .select('accounts.*', db.raw("COALESCE(people.name, '') AS owner_name"));
}

export async function findAccount(db: Database | Transaction, id: string): Promise<AccountWithOwner | null> {
  const row: (AccountRow & { owner_name: string }) | undefined = await withOwners(db)
    .where('accounts.id', id)
    .first();
  return row === undefined ? null : { ...toAccount(row), ownerName: row.owner_name };
}

export interface AccountFilter {
  ownerId?: string | undefined;
  status?: string | undefined;
  /** In the account's or the owner's name, or the beginning of the IBAN. */
  text?: string | undefined;
  afterId?: string | undefined;
  limit: number;
}

/** A page of accounts, oldest first, with one more than `limit` where there are more. */
export async function listAccounts(db: Database, filter: AccountFilter): Promise<AccountWithOwner[]> {
  const query = withOwners(db)
    .orderBy('accounts.id')
    .limit(filter.limit + 1);
  if (filter.ownerId !== undefined) query.where('accounts.owner_id', filter.ownerId);
  if (filter.status !== undefined) query.where('accounts.status', filter.status);
  if (filter.afterId !== undefined) query.where('accounts.id', '>', filter.afterId);
  if (filter.text !== undefined) {
    const inNames = findsText(filter.text, {
      containing: ['accounts.name', 'people.name', 'people.username'],
    });
    const inIban = findsText(filter.text.replace(/\s/g, ''), { startingWith: ['accounts.iban'] });
    query.whereRaw(`(${inNames.sql} OR ${inIban.sql})`, [...inNames.values, ...inIban.values]);
  }
  const rows: (AccountRow & { owner_name: string })[] = await query;
  return rows.map((row) => ({ ...toAccount(row), ownerName: row.owner_name }));
}
