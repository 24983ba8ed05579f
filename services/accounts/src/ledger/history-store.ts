import type { Period } from '@guichet/calendar';
import type { EntryDirection, OperationKind } from '@guichet/contract';
import {
  allOf,
  anyOf,
  constant,
  findsText,
  nameBasedId,
  queryOnce,
  type Read,
  type Readable,
  select,
  sql,
  uuid,
  uuids,
} from '@guichet/database';
import { type Account, isHouseAccount } from '../accounts/account.ts';
import { type AccountWithOwner, readAccounts } from '../accounts/store.ts';
import { type Entry, entries, findTransfer, HOUSE_NUMBER } from './store.ts';

export interface EntryFilter {
  accountId: string;
  period: Period;
  kinds?: readonly OperationKind[] | undefined;
  direction?: EntryDirection | undefined;
  /** Without sign. */
  minAmountMinor?: bigint | undefined;
  maxAmountMinor?: bigint | undefined;
  /** In the reference or the counterparty's name, or at the start of its IBAN. */
  text?: string | undefined;
  beforeNumber?: bigint | undefined;
  limit: number;
}

/**
 * A page of an account's history, newest first, with one more than `limit` if there are more. It reads only entry numbers of the period, in the order
 * of the page.
 */
export async function listEntries(db: Readable, filter: EntryFilter): Promise<Entry[]> {
  const { accountId, period, kinds, direction, minAmountMinor, maxAmountMinor, text, beforeNumber } = filter;
  const first = period.from === null ? undefined : await numberSince(db, accountId, period.from);
  if (first === null) return [];
  const last = period.to === null ? undefined : await numberBefore(db, accountId, period.to);
  const where = allOf(
    sql`account_id = ${uuid(accountId)}`,
    period.from === null || first === undefined
      ? undefined
      : sql`posted_at >= ${period.from} AND number >= ${first}`,
    period.to === null || last === undefined
      ? undefined
      : sql`posted_at < ${period.to} AND number <= ${last}`,
    kinds === undefined ? undefined : sql`type IN (${kinds})`,
    direction === undefined ? undefined : direction === 'credit' ? sql`amount > 0` : sql`amount < 0`,
    minAmountMinor === undefined ? undefined : sql`ABS(amount) >= ${minAmountMinor}`,
    maxAmountMinor === undefined ? undefined : sql`ABS(amount) <= ${maxAmountMinor}`,
    beforeNumber === undefined ? undefined : sql`number < ${beforeNumber}`,
    text === undefined
      ? undefined
      : anyOf(
          findsText(text, { containing: [sql`reference`, sql`counterparty_name`] }),
          findsText(text.replace(/\s/g, ''), { startingWith: [sql`counterparty_iban`] }),
        ),
  );
  return queryOnce(
    db,
    select<Entry>(
      sql`SELECT ${entries.columns} FROM entries FORCE INDEX (PRIMARY) WHERE ${where}
        ORDER BY number DESC LIMIT ${filter.limit + 1}`,
    ),
  );
}

/**
 * The number of an account's last entry before `time`; 0 if there is none. Numbers are assigned under the account's lock but times are taken before
 * it, so with two replicas a higher number may have an earlier time: the highest number among the latest times counts.
 */
export async function numberBefore(db: Readable, accountId: string, time: Date): Promise<bigint> {
  const [row] = await queryOnce(
    db,
    select<{ number: bigint | null }>(sql`SELECT MAX(number) AS number FROM (
       SELECT number FROM entries WHERE account_id = ${uuid(accountId)} AND posted_at < ${time}
       ORDER BY posted_at DESC, number DESC LIMIT 1000
     ) AS latest`),
  );
  return row?.number ?? 0n;
}

/** The number of an account's first entry since `time`, found in the same way; null if there is none. */
async function numberSince(db: Readable, accountId: string, time: Date): Promise<bigint | null> {
  const [row] = await queryOnce(
    db,
    select<{ number: bigint | null }>(sql`SELECT MIN(number) AS number FROM (
       SELECT number FROM entries WHERE account_id = ${uuid(accountId)} AND posted_at >= ${time}
       ORDER BY posted_at, number LIMIT 1000
     ) AS earliest`),
  );
  return row?.number ?? null;
}

/** The balance of an account after the entry with that number; 0 before the first. */
export async function balanceOfNumber(db: Readable, accountId: string, number: bigint): Promise<bigint> {
  const entry = await queryOnce(
    db,
    entries.find(sql`account_id = ${uuid(accountId)} AND number = ${number}`),
  );
  return entry?.balanceAfterMinor ?? 0n;
}

/** The balance of an account after its last entry up to and including `at`. */
export async function balanceAt(db: Readable, accountId: string, at: Date): Promise<bigint> {
  // Times are stored in milliseconds.
  const number = await numberBefore(db, accountId, new Date(at.getTime() + 1));
  return balanceOfNumber(db, accountId, number);
}

/** The entries above the number `after`, up to and including `through`, oldest first. */
export async function entriesBetween(
  db: Readable,
  account: Pick<Account, 'id' | 'currency'>,
  after: bigint,
  through: bigint,
): Promise<ShownEntry[]> {
  const found = await queryOnce(
    db,
    entries.select(
      sql`account_id = ${uuid(account.id)} AND number > ${after} AND number <= ${through} ORDER BY number`,
    ),
  );
  return withReversals(db, found, account.currency);
}

/** An entry by its account and number; null if there is none. */
export async function findEntry(db: Readable, accountId: string, number: bigint): Promise<ShownEntry | null> {
  const entry = await queryOnce(
    db,
    entries.find(sql`account_id = ${uuid(accountId)} AND number = ${number}`),
  );
  const account = (await queryOnce(db, readAccounts([accountId]))).get(accountId);
  if (entry === null || account === undefined) return null;
  const [shown] = await withReversals(db, [entry], account.currency);
  return shown ?? null;
}

export interface OperationEntriesFilter {
  operationId: string;
  /** Only entries of this user's accounts; undefined for all, including those of house accounts. */
  ownerId?: string | undefined;
}

/** The two sides of the transfer that an operation posted, by id. A house account's side is derived from the transfer and the other side. */
export async function listEntriesOfOperation(
  db: Readable,
  { operationId, ownerId }: OperationEntriesFilter,
): Promise<ShownEntry[]> {
  const transfer = await queryOnce(db, findTransfer(operationId));
  if (transfer === null) return [];
  const { debitAccountId, debitNumber, creditAccountId, creditNumber } = transfer;
  const [stored, accounts] = await Promise.all([
    queryOnce(
      db,
      entries.select(
        sql`(account_id = ${uuid(debitAccountId)} AND number = ${debitNumber})
          OR (account_id = ${uuid(creditAccountId)} AND number = ${creditNumber})`,
      ),
    ),
    queryOnce(db, readAccounts([debitAccountId, creditAccountId])),
  ]);
  const house = [debitAccountId, creditAccountId].filter(isHouseAccount);
  const sides = [...stored, ...house.flatMap((id) => stored.map((other) => houseSide(id, other, accounts)))];
  const shown = sides.filter(
    ({ accountId }) => ownerId === undefined || accounts.get(accountId)?.ownerId === ownerId,
  );
  const byId = shown.toSorted((a, b) => (entryId(a) < entryId(b) ? -1 : 1));
  return withReversals(db, byId, transfer.currency);
}

/** The side of the bank's own account, opposite to a customer's entry. */
function houseSide(accountId: string, other: Entry, accounts: ReadonlyMap<string, AccountWithOwner>): Side {
  const customer = accounts.get(other.accountId);
  return {
    ...other,
    accountId,
    number: HOUSE_NUMBER,
    amountMinor: -other.amountMinor,
    balanceAfterMinor: null,
    counterpartyName: customer?.ownerName ?? null,
    counterpartyIban: customer?.iban ?? null,
  };
}

/** A side of a transfer: an entry, or the side of a house account, which has no balance. */
type Side = Omit<Entry, 'balanceAfterMinor'> & { balanceAfterMinor: bigint | null };

/** A side as it is shown, with the links of its transfer: the transfer that it reverses, and the one that reversed it. */
export type ShownEntry = Side & {
  currency: string;
  reversesTransferId: string | null;
  reversedByTransferId: string | null;
};

/** The id of an entry: a name-based UUID of its number in the namespace of its account, or of its transfer if the account is the bank's own. */
export function entryId({
  accountId,
  number,
  transferId,
}: Pick<Entry, 'accountId' | 'number' | 'transferId'>): string {
  return nameBasedId(number === HOUSE_NUMBER ? transferId : String(number), accountId);
}

/** Adds to entries the currency and the reversals that link their transfers. */
export async function withReversals(
  db: Readable,
  given: readonly Side[],
  currency: string,
): Promise<ShownEntry[]> {
  const { reverses, reversedBy } = await queryOnce(
    db,
    findReversalsOf(given.map(({ transferId }) => transferId)),
  );
  return given.map((entry) => ({
    ...entry,
    currency,
    reversesTransferId: reverses.get(entry.transferId) ?? null,
    reversedByTransferId: reversedBy.get(entry.transferId)?.transferId ?? null,
  }));
}

/** The transfer that reversed another one. */
export interface Reversal {
  transferId: string;
  postedAt: Date;
}

/** For each transfer: the one that it reverses and the one that reversed it, if any. */
export function findReversalsOf(
  transferIds: readonly string[],
): Read<{ reverses: Map<string, string>; reversedBy: Map<string, Reversal> }> {
  const wanted = [...new Set(transferIds)];
  if (wanted.length === 0) return constant({ reverses: new Map(), reversedBy: new Map() });
  return select(
    sql`SELECT id, reverses_id AS reversedId, posted_at AS postedAt FROM transfers WHERE id IN (${uuids(wanted)}) AND reverses_id IS NOT NULL
     UNION SELECT id, reverses_id, posted_at FROM transfers WHERE reverses_id IN (${uuids(wanted)})`,
    (pairs: { id: string; reversedId: string; postedAt: Date }[]) => ({
      reverses: new Map(pairs.map(({ id, reversedId }) => [id, reversedId])),
      reversedBy: new Map(
        pairs.map(({ id, reversedId, postedAt }) => [reversedId, { transferId: id, postedAt }]),
      ),
    }),
  );
}
