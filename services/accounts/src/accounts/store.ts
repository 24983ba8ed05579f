import type { Database, Transaction } from '@guichet/database';
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

/** Locks the accounts, in ascending order of id, whatever the order asked, so that two transactions never wait for each other. */
export async function lockAccounts(trx: Transaction, ids: Iterable<string>): Promise<Map<string, Account>> {
  const sorted = [...new Set(ids)].sort();
  if (sorted.length === 0) return new Map();
  const rows: AccountRow[] = await trx('accounts').whereIn('id', sorted).orderBy('id').forUpdate();
  return new Map(rows.map((row) => [row.id, toAccount(row)]));
}

/** Reads the accounts as they are committed, without a lock. */
export async function readAccounts(trx: Transaction, ids: Iterable<string>): Promise<Map<string, Account>> {
  const wanted = [...new Set(ids)];
  if (wanted.length === 0) return new Map();
  const rows: AccountRow[] = await trx('accounts').whereIn('id', wanted);
  return new Map(rows.map((row) => [row.id, toAccount(row)]));
}

/** Locks all accounts of a person. */
export async function lockAccountsOf(trx: Transaction, ownerId: string): Promise<Account[]> {
  const rows: AccountRow[] = await trx('accounts').where('owner_id', ownerId).orderBy('id').forUpdate();
  return rows.map(toAccount);
}

export async function insertAccounts(trx: Transaction, accounts: readonly Account[]): Promise<void> {
  if (accounts.length === 0) return;
  await trx('accounts').insert(
    accounts.map((account) => ({
      id: account.id,
      owner_id: account.ownerId,
      name: account.name,
      type: account.type,
      currency: account.currency,
      status: account.status,
      created_at: account.createdAt,
    })),
  );
}

/** Writes balance, held and entry count of locked accounts, in one statement. */
export async function writeBalances(trx: Transaction, accounts: readonly Account[]): Promise<void> {
  if (accounts.length === 0) return;
  const ids = accounts.map(({ id }) => id);
  const cases = (value: (account: Account) => bigint) =>
    accounts.flatMap((one) => [one.id, String(value(one))]);
  const whens = accounts.map(() => 'WHEN ? THEN ?').join(' ');
  await trx.raw(
    `UPDATE accounts SET
       balance = CASE id ${whens} END,
       held = CASE id ${whens} END,
       entry_count = CASE id ${whens} END
     WHERE id IN (${ids.map(() => '?').join(', ')})`,
    [
      ...cases((one) => one.balanceMinor),
      ...cases((one) => one.heldMinor),
      ...cases((one) => one.entryCount),
      ...ids,
    ],
  );
}

/** Writes where a locked account stands in its life, and its RIB in force. */
export async function writeLifecycle(trx: Transaction, account: Account): Promise<void> {
  await trx('accounts').where('id', account.id).update({
    status: account.status,
    iban: account.iban,
    opened_at: account.openedAt,
    closed_at: account.closedAt,
  });
}

export async function writeName(trx: Transaction, id: string, name: string): Promise<void> {
  await trx('accounts').where('id', id).update({ name });
}

export async function writeOverdraft(trx: Transaction, id: string, overdraftMinor: bigint): Promise<void> {
  await trx('accounts')
    .where('id', id)
    .update({ overdraft: String(overdraftMinor) });
}

export async function writeLimits(
  trx: Transaction,
  id: string,
  limits: { operationMinor: bigint | null; dayMinor: bigint | null },
): Promise<void> {
  await trx('accounts')
    .where('id', id)
    .update({
      limit_operation: limits.operationMinor === null ? null : String(limits.operationMinor),
      limit_day: limits.dayMinor === null ? null : String(limits.dayMinor),
    });
}

export type AccountWithOwner = Account & { ownerName: string };

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
    const like = `%${escapeLike(filter.text)}%`;
    const iban = `${escapeLike(filter.text.replace(/\s/g, '').toUpperCase())}%`;
    query.where((any) =>
      any
        .where('accounts.name', 'like', like)
        .orWhere('people.name', 'like', like)
        .orWhere('people.username', 'like', like)
        .orWhere('accounts.iban', 'like', iban),
    );
  }
  const rows: (AccountRow & { owner_name: string })[] = await query;
  return rows.map((row) => ({ ...toAccount(row), ownerName: row.owner_name }));
}

function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&');
}
