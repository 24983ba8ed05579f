import { isUuid, NO_UUID, newId, uuidBytes, uuidText } from '@guichet/database';
import { ribKey, ribToIban } from '@guichet/iban';
import type { Connection } from 'mysql2/promise';
import type { Spread } from './bare-client.ts';

/** An account of the benchmark. `rank` starts at 0, which is the hot account. */
export interface BenchAccount {
  id: string;
  iban: string;
  rank: number;
  ownerId: string;
}

const OPENING_BALANCE = 1_000_000_000;
const ROWS_AT_ONCE = 1_000;
/** `houseAccount.cash('EUR')` of the service. */
const HOUSE_CASH = '686f7573-6500-8000-8000-014555520000';

/** Ids are stored as bytes. */
const stored = (value: unknown) => (typeof value === 'string' && isUuid(value) ? uuidBytes(value) : value);

/** Creates accounts with money. Each is funded by a posted deposit, so that the ledger reconciles. */
export async function seedAccounts(
  database: Connection,
  count: number,
  owners: readonly { id: string; username: string }[],
  agent: { id: string; username: string },
): Promise<BenchAccount[]> {
  const now = new Date();
  const accounts = Array.from({ length: count }, (_, rank): BenchAccount & { owner: string } => {
    const owner = owners[rank % owners.length] as (typeof owners)[number];
    return { id: newId(now), iban: ibanOf(rank), rank, ownerId: owner.id, owner: owner.username };
  });
  for (let at = 0; at < count; at += ROWS_AT_ONCE) {
    const some = accounts.slice(at, at + ROWS_AT_ONCE).map((account) => {
      return { ...account, operation: newId(now) };
    });
    const insert = (table: string, rows: unknown[][]) =>
      database.query(`INSERT INTO ${table} VALUES ?`, [rows.map((row) => row.map(stored))]);
    await insert(
      'accounts (id, owner_id, name, type, product, currency, status, iban, balance, entry_count, created_at, opened_at)',
      some.map((one) => [
        one.id,
        one.ownerId,
        `Account ${one.rank}`,
        'current',
        'current',
        'EUR',
        'open',
        one.iban,
        OPENING_BALANCE,
        1,
        now,
        now,
      ]),
    );
    await insert(
      'ribs (iban, account_id, created_at)',
      some.map((one) => [one.iban, one.id, now]),
    );
    await insert(
      `operations (id, type, status, amount, currency, account_id, requester_id, requester_username,
         required_approvals, approved_by, created_at, expires_at, decided_at)`,
      some.map((one) => [
        one.operation,
        'deposit',
        'posted',
        OPENING_BALANCE,
        'EUR',
        one.id,
        one.ownerId,
        one.owner,
        1,
        agent.id,
        now,
        now,
        now,
      ]),
    );
    await insert(
      `transfers (id, amount, currency, debit_account_id, debit_number, credit_account_id, credit_number, posted_at)`,
      some.map((one) => [one.operation, OPENING_BALANCE, 'EUR', HOUSE_CASH, 0, one.id, 1, now]),
    );
    await seedEvents(
      database,
      some.flatMap(({ operation }) => [
        { operation, status: 'pending' },
        { operation, status: 'posted' },
      ]),
    );
    await insert(
      'entries (transfer_id, account_id, number, type, amount, balance_after, posted_at)',
      some.map((one) => [one.operation, one.id, 1, 'deposit', OPENING_BALANCE, OPENING_BALANCE, now]),
    );
  }
  return accounts;
}

/** Fills the outbox with the published events of these operations. */
async function seedEvents(
  database: Connection,
  events: readonly { operation: string; status: string }[],
  schema: '' | 'own_rows.' = '',
): Promise<void> {
  const list = events.map(({ operation, status }) => ({ data: { operation_id: operation, status } }));
  await database.query(
    `INSERT INTO ${schema}outbox (id, subject, payload, events, published_at) VALUES (?)`,
    [[newId(), 'log.agents.info', JSON.stringify(list), events.length, new Date()]],
  );
}

function ibanOf(rank: number): string {
  const number = String(rank + 1).padStart(11, '0');
  return ribToIban({ bank: '30099', branch: '00001', number, key: ribKey('30099', '00001', number) });
}

/** Creates the same accounts for the bare client, with ids from 1. */
export async function seedBareAccounts(database: Connection, count: number): Promise<void> {
  for (let at = 0; at < count; at += ROWS_AT_ONCE) {
    const rows = Array.from({ length: Math.min(ROWS_AT_ONCE, count - at) }, (_, index) => [
      at + index + 1,
      OPENING_BALANCE,
    ]);
    await database.query('INSERT INTO bare.accounts (id, balance) VALUES ?', [rows]);
  }
}

/** Creates pending transfers with their holds, in the bank's tables or in their copy (`own_rows.`). @returns their ids */
export async function seedWaitingTransfers(
  database: Connection,
  accounts: readonly BenchAccount[],
  count: number,
  spread: Spread,
  schema: '' | 'own_rows.' = '',
): Promise<string[]> {
  const ids: string[] = [];
  const usernames = new Map<string, string>();
  const [people] = await database.query('SELECT id, username FROM people');
  for (const { id, username } of people as { id: Buffer; username: string }[])
    usernames.set(uuidText(id), username);
  const expires = new Date(Date.now() + 30 * 86_400_000);
  while (ids.length < count) {
    const now = new Date();
    const rows = Array.from({ length: Math.min(ROWS_AT_ONCE, count - ids.length) }, () => {
      const to = spread === 'hot' ? accounts[0] : anyOf(accounts);
      let from = anyOf(accounts);
      while (from === to) from = anyOf(accounts);
      const id = newId(now);
      ids.push(id);
      return [
        id,
        'external_transfer',
        'pending',
        1 + Math.floor(Math.random() * 100),
        'EUR',
        from.id,
        to?.id,
        'Some payee',
        to?.iban,
        'Invoice 2026-10',
        from.ownerId,
        usernames.get(from.ownerId),
        1,
        NO_UUID,
        `bench-${ids.length}`,
        now,
        expires,
        now,
      ];
    });
    await database.query(
      `INSERT INTO ${schema}operations (id, type, status, amount, currency, account_id, to_account_id, to_name, to_iban,
         reference, requester_id, requester_username, required_approvals, approved_by, correlation_id, created_at, expires_at,
         decided_at) VALUES ?`,
      [rows.map((row) => row.map(stored))],
    );
    await seedEvents(
      database,
      ids.slice(-rows.length).map((operation) => ({ operation, status: 'pending' })),
      schema,
    );
  }
  await database.query(
    `UPDATE ${schema}accounts a JOIN (
       SELECT account_id, SUM(amount) AS total FROM ${schema}operations
       WHERE status IN ('pending', 'approved') AND type = 'external_transfer' GROUP BY account_id
     ) o ON o.account_id = a.id SET a.held = o.total`,
  );
  return ids;
}

function anyOf(accounts: readonly BenchAccount[]): BenchAccount {
  return accounts[Math.floor(Math.random() * accounts.length)] as BenchAccount;
}
