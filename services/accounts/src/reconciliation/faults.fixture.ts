import { newId, uuidBytes } from '@guichet/database';
import { isHouseAccount } from '../accounts/account.ts';
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
    name: 'an entry of another transfer',
    isCurrentState: false,
    of: ({ entry }) => [changed('entries', entry, { transfer_id: newId() })],
  },
  {
    name: 'an amount that is changed in the entry and the transfer',
    isCurrentState: false,
    of: ({ entry, transfer }) => [
      changed('entries', entry, { amount: BigInt(entry.amount) * 2n }),
      changed('transfers', transfer, { amount: BigInt(transfer.amount) * 2n }),
    ],
  },
  {
    name: 'a transfer that names another entry',
    isCurrentState: false,
    of: ({ entry, transfer }) => [
      changed('transfers', transfer, {
        [sideOf(entry)]: BigInt(entry.number) + 1_000n,
      }),
    ],
  },
  {
    name: 'a transfer whose side of the bank has another amount',
    isCurrentState: false,
    of: ({ transfer }) =>
      [transfer.debit_account_id, transfer.credit_account_id].some(isHouseAccount)
        ? [changed('transfers', transfer, { amount: BigInt(transfer.amount) + 1n })]
        : null,
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
      const copy = { ...entry, number, balance_after: balance };
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
    of: ({ operation }) => [changed('operations', operation, { status: 'pending' })],
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

const sideOf = (entry: Row) => (BigInt(entry.amount) < 0n ? 'debit_number' : 'credit_number');

const keyOf = (table: Change['table']) =>
  table === 'outbox' ? ['sequence'] : table === 'entries' ? ['account_id', 'number'] : ['id'];

/** A row as it is stored; ids are read as text. */
function stored(table: Change['table'], row: Row): Row {
  const isId = (name: string) => table !== 'outbox' && /^(id|approved_by|(?!correlation).*_id)$/.test(name);
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
        from.map((row) => key.map((name) => stored(table, row)[name])),
      )
      .delete();
    if (to.length > 0) await trx(table).insert(to.map((row) => stored(table, row)));
  });
}

/** Everything around a customer's entry. */
export async function targetOf(
  db: TestBank['owner'],
  { accountId, number }: { accountId: string; number: bigint },
  waitingId: string | null,
): Promise<Target> {
  const [entry] = await db('entries').where({ account_id: uuidBytes(accountId), number: String(number) });
  const id = uuidBytes(entry.transfer_id);
  const [account] = await db('accounts').where('id', uuidBytes(accountId));
  const [operation] = await db('operations').where({ id });
  const [transfer] = await db('transfers').where({ id });
  const [event] = await db('outbox')
    .where('subject', 'like', 'log.%')
    .where('payload', 'like', `%${entry.transfer_id}%`)
    .where('payload', 'like', '%"status":"posted"%');
  const [waiting = null] = waitingId === null ? [] : await db('operations').where('id', uuidBytes(waitingId));
  return { entry, account, operation, transfer, event, waiting };
}
