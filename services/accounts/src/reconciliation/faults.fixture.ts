import { newId, uuidBytes } from '@guichet/database';
import { HOUSE_ACCOUNTS } from '../accounts/account.ts';
import type { TestBank } from '../fixtures.ts';

// biome-ignore lint/suspicious/noExplicitAny: rows are copied with whatever columns they have
type Row = Record<string, any>;

/** Rows of a table before and after a fault. */
interface Change {
  table: 'entries' | 'transfers' | 'operations' | 'accounts' | 'outbox';
  before: Row[];
  after: Row[];
}

/** What a fault may damage: a customer's entry with everything around it, and an operation that waits. */
export interface Target {
  entry: Row;
  houseEntry: Row | null;
  account: Row;
  operation: Row;
  transfer: Row;
  /** The outbox's row about the end of the operation. */
  event: Row;
  waiting: Row | null;
}

export interface Fault {
  name: string;
  /** Whether it damages rows that the next run reads, even if they were verified before. */
  isCurrentState: boolean;
  /** The rows that it changes; null if the target has none of them. */
  of(target: Target): Change[] | null;
}

const changed = (table: Change['table'], row: Row, fields: Row): Change => ({
  table,
  before: [row],
  after: [{ ...row, ...fields }],
});
const removed = (table: Change['table'], ...rows: Row[]): Change => ({ table, before: rows, after: [] });

/** Everything that can go wrong in the rows of one operation. */
export const FAULTS: readonly Fault[] = [
  {
    name: 'a changed amount',
    isCurrentState: false,
    of: ({ entry }) => [changed('entries', entry, { amount: BigInt(entry.amount) * 2n })],
  },
  {
    name: 'a changed balance after an entry',
    isCurrentState: false,
    of: ({ entry }) => [changed('entries', entry, { balance_after: BigInt(entry.balance_after) + 1n })],
  },
  { name: 'a missing entry', isCurrentState: false, of: ({ entry }) => [removed('entries', entry)] },
  {
    name: 'an entry of another operation',
    isCurrentState: false,
    of: ({ entry }) => [changed('entries', entry, { operation_id: newId() })],
  },
  {
    name: 'an amount that is changed on both sides',
    isCurrentState: false,
    of: ({ entry, houseEntry }) =>
      houseEntry === null
        ? null
        : [
            changed('entries', entry, { amount: BigInt(entry.amount) * 2n }),
            changed('entries', houseEntry, { amount: BigInt(houseEntry.amount) * 2n }),
          ],
  },
  {
    name: 'a missing house entry',
    isCurrentState: false,
    of: ({ houseEntry }) => (houseEntry === null ? null : [removed('entries', houseEntry)]),
  },
  {
    name: 'a missing transfer',
    isCurrentState: false,
    of: ({ transfer }) => [removed('transfers', transfer)],
  },
  {
    name: 'a missing operation',
    isCurrentState: false,
    of: ({ operation }) => [removed('operations', operation)],
  },
  {
    name: 'an operation of another amount',
    isCurrentState: false,
    of: ({ operation }) => [changed('operations', operation, { amount: BigInt(operation.amount) + 1n })],
  },
  {
    name: 'a missing event',
    isCurrentState: false,
    of: ({ event }) => [removed('outbox', event)],
  },
  {
    name: 'a doubled entry',
    isCurrentState: true,
    of: ({ entry, account }) => {
      const copy = {
        ...entry,
        id: newId(),
        number: BigInt(account.entry_count) + 1n,
        balance_after: BigInt(account.balance) + BigInt(entry.amount),
      };
      return [{ table: 'entries', before: [], after: [copy] }];
    },
  },
  {
    name: 'a doubled entry that its account counts',
    isCurrentState: true,
    of: ({ entry, account }) => {
      const number = BigInt(account.entry_count) + 1n;
      const balance = BigInt(account.balance) + BigInt(entry.amount);
      if (balance < BigInt(account.held)) return null;
      const copy = { ...entry, id: newId(), number, balance_after: balance };
      return [
        { table: 'entries', before: [], after: [copy] },
        changed('accounts', account, { balance, entry_count: number }),
      ];
    },
  },
  {
    name: 'a wrong balance',
    isCurrentState: true,
    of: ({ account }) => [changed('accounts', account, { balance: BigInt(account.balance) + 1n })],
  },
  {
    name: 'a wrong reserved amount',
    isCurrentState: true,
    of: ({ account }) => [
      changed('accounts', account, {
        held: BigInt(account.held) + 1n,
        overdraft: BigInt(account.overdraft) + 1n,
      }),
    ],
  },
  {
    name: 'an operation that waits although it was posted',
    isCurrentState: true,
    of: ({ operation }) => [changed('operations', operation, { status: 'pending', held_account_id: null })],
  },
  {
    name: 'an operation that is posted without a transfer',
    isCurrentState: true,
    of: ({ waiting }) => (waiting === null ? null : [changed('operations', waiting, { status: 'posted' })]),
  },
  {
    name: 'a waiting operation that is gone',
    isCurrentState: true,
    of: ({ waiting }) => (waiting === null ? null : [removed('operations', waiting)]),
  },
];

const keyOf = (table: Change['table']) => (table === 'outbox' ? 'sequence' : 'id');

/** A row as it is stored; ids are read as text. */
function stored(table: Change['table'], row: Row): Row {
  const isId = (name: string) => table !== 'outbox' && /^(id|(?!correlation).*_id)$/.test(name);
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      isId(name) && value !== null ? uuidBytes(value) : value,
    ]),
  );
}

/** Makes a fault. @returns what undoes it */
export async function damage(
  db: TestBank['owner'],
  changes: readonly Change[],
): Promise<() => Promise<void>> {
  for (const { table, before, after } of changes) await exchange(db, table, before, after);
  return async () => {
    for (const { table, before, after } of changes) await exchange(db, table, after, before);
  };
}

async function exchange(
  db: TestBank['owner'],
  table: Change['table'],
  from: Row[],
  to: Row[],
): Promise<void> {
  const key = keyOf(table);
  await db.transaction(async (trx) => {
    await trx(table)
      .whereIn(
        key,
        from.map((row) => stored(table, row)[key]),
      )
      .delete();
    if (to.length > 0) await trx(table).insert(to.map((row) => stored(table, row)));
  });
}

/** Everything around a customer's entry. */
export async function targetOf(
  db: TestBank['owner'],
  entryId: string,
  waitingId: string | null,
): Promise<Target> {
  const [entry] = await db('entries').where('id', uuidBytes(entryId));
  const [houseEntry = null] = await db('entries')
    .where('transfer_id', uuidBytes(entry.transfer_id))
    .whereIn('account_id', HOUSE_ACCOUNTS.map(uuidBytes));
  const [account] = await db('accounts').where('id', uuidBytes(entry.account_id));
  const [operation] = await db('operations').where('id', uuidBytes(entry.operation_id));
  const [transfer] = await db('transfers').where('id', uuidBytes(entry.transfer_id));
  const [event] = await db('outbox')
    .where('subject', 'like', 'log.%')
    .where('payload', 'like', `%${entry.operation_id}%`)
    .where('payload', 'like', '%"status":"posted"%');
  const [waiting = null] = waitingId === null ? [] : await db('operations').where('id', uuidBytes(waitingId));
  return { entry, houseEntry, account, operation, transfer, event, waiting };
}
