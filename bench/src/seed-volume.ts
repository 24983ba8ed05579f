import { setTimeout as sleep } from 'node:timers/promises';
import type { Connection, RowDataPacket } from 'mysql2/promise';

const SETTLE_MS = 120_000;
/** Makes the server write its dirty pages as fast as the disk can. */
const SETTLING = [
  ['innodb_io_capacity_max', 20_000],
  ['innodb_io_capacity', 20_000],
  ['innodb_max_dirty_pages_pct', 0],
] as const;

// A synthetic UUIDv7 of the time in milliseconds, the kind of row, and the number of the account.
const idOf = (kind: number) =>
  `UNHEX(CONCAT(LPAD(HEX(? + ?), 12, '0'), '7${kind}008000', LPAD(HEX(a.rank), 12, '0')))`;

/** Creates past operations up to `stored`, and waits until the server has written them. */
export async function seedVolume(
  database: Connection,
  stored: number,
  say: (text: string) => void,
  stepMs?: number,
): Promise<void> {
  // Only here: losing synthetic data in a power cut does not matter.
  await database.query('SET GLOBAL innodb_flush_log_at_trx_commit = 2');
  await storeOperations(database, stored, say, stepMs);
  await database.query('SET GLOBAL innodb_flush_log_at_trx_commit = 1');
  await database.query('ANALYZE TABLE accounts, operations, transfers, entries, decisions');
  await settle(database);
}

/**
 * Creates past operations up to `stored`. In each round every account pays one cent to another, so that balances do not change and every
 * running balance is correct. The database generates the rows, because sending a million of them would take long.
 */
export async function storeOperations(
  database: Connection,
  stored: number,
  say: (text: string) => void,
  /** The time between two rounds. */
  stepMs = 1_000,
): Promise<void> {
  await database.query(`CREATE TEMPORARY TABLE IF NOT EXISTS bench_ranks AS
    SELECT id, iban, owner_id, balance, entry_count, ROW_NUMBER() OVER (ORDER BY id) - 1 AS \`rank\` FROM accounts`);
  await database.query('ALTER TABLE bench_ranks ADD PRIMARY KEY (`rank`)').catch(() => undefined);
  await database.query('CREATE TEMPORARY TABLE IF NOT EXISTS bench_payees AS SELECT * FROM bench_ranks');
  await database.query('ALTER TABLE bench_payees ADD PRIMARY KEY (`rank`)').catch(() => undefined);
  const accounts = await countOf(database, 'accounts');
  const baseMs = Date.now() - 90 * 86_400_000;
  let have = await countOf(database, 'operations');
  for (let round = 1; have < stored; round += 1, have += accounts) {
    if (round % 10 === 1) say(`  ${have} of ${stored} operations stored`);
    await seedRound(database, round, baseMs, round * stepMs, accounts);
  }
  await database.query('DROP TEMPORARY TABLE bench_ranks, bench_payees');
}

/** What an operation with its decision, its transfer and two entries takes on disk, with all indexes. */
export async function bytesPerOperation(database: Connection): Promise<number> {
  const [[row]] = await database.query<(RowDataPacket & { bytes: string })[]>(
    `SELECT SUM(data_length + index_length) AS bytes FROM information_schema.tables
     WHERE table_schema = DATABASE() AND table_name IN ('operations', 'decisions', 'transfers', 'entries')`,
  );
  return Math.round(Number(row?.bytes) / (await countOf(database, 'operations')));
}

/** Waits until the rows are written to their tables on disk, as old data is; otherwise the first cases would pay for it. */
async function settle(database: Connection): Promise<void> {
  const numberOf = async (statement: string) => {
    const [[row]] = await database.query<(RowDataPacket & { Value: string })[]>(statement);
    return Number(row?.Value);
  };
  const before = new Map<string, number>();
  for (const [name, meanwhile] of SETTLING) {
    before.set(name, await numberOf(`SHOW GLOBAL VARIABLES LIKE '${name}'`));
    await database.query(`SET GLOBAL ${name} = ${meanwhile}`);
  }
  const endsAt = performance.now() + SETTLE_MS;
  while (performance.now() < endsAt) {
    if ((await numberOf("SHOW GLOBAL STATUS LIKE 'Innodb_buffer_pool_pages_dirty'")) < 100) break;
    await sleep(500);
  }
  for (const [name, value] of [...before].reverse()) await database.query(`SET GLOBAL ${name} = ${value}`);
}

async function seedRound(
  database: Connection,
  round: number,
  baseMs: number,
  offsetMs: number,
  accounts: number,
): Promise<void> {
  const at = new Date(baseMs + offsetMs);
  const id = [baseMs, offsetMs];
  const [count] = await entryCounts(database);
  const pairs = `bench_ranks a JOIN bench_payees b ON b.\`rank\` = MOD(a.\`rank\` + ?, ?)`;
  const shift = [1 + (round % (accounts - 1)), accounts];
  await database.query(
    `INSERT INTO operations (id, type, status, amount, currency, account_id, to_account_id, to_name, to_iban,
       reference, requester_id, requester_username, required_approvals, approved_by, created_at, expires_at, decided_at)
     SELECT ${idOf(1)}, 'external_transfer', 'posted', 1, 'EUR', a.id, b.id, 'Some payee', b.iban,
       CONCAT('Invoice ', a.\`rank\`), a.owner_id, 'bench', 1, ${idOf(2)}, ?, ?, ?
     FROM ${pairs} ORDER BY a.\`rank\``,
    [...id, ...id, at, at, at, ...shift],
  );
  await database.query(
    `INSERT INTO transfers (id, amount, currency, debit_account_id, debit_number, credit_account_id, credit_number, posted_at)
     SELECT ${idOf(1)}, 1, 'EUR', a.id, a.entry_count + ?, b.id, b.entry_count + ?, ? FROM ${pairs} ORDER BY a.\`rank\``,
    [...id, count, count + 1, at, ...shift],
  );
  // Each account first pays a cent and then receives one.
  const entries = [
    { account: 'a', other: 'b', number: count, amount: -1 },
    { account: 'b', other: 'a', number: count + 1, amount: 1 },
  ];
  for (const { account, other, number, amount } of entries) {
    await database.query(
      `INSERT INTO entries (transfer_id, account_id, number, type, amount, balance_after, counterparty_name, counterparty_iban, reference,
         posted_at)
       SELECT ${idOf(1)}, ${account}.id, ${account}.entry_count + ?, 'external_transfer', ?, ${account}.balance + ?, 'Some payee',
         ${other}.iban, CONCAT('Invoice ', a.\`rank\`), ?
       FROM ${pairs} ORDER BY a.\`rank\``,
      [...id, number, amount, amount === -1 ? -1 : 0, at, ...shift],
    );
  }
  await database.query('UPDATE accounts SET entry_count = entry_count + 2');
}

/** The number of entries per account that were added so far. */
async function entryCounts(database: Connection): Promise<[number]> {
  const [rows] = await database.query(
    'SELECT MIN(a.entry_count - r.entry_count) AS n FROM accounts a JOIN bench_ranks r ON r.id = a.id',
  );
  return [Number((rows as { n: number }[])[0]?.n) + 1];
}

async function countOf(database: Connection, table: string): Promise<number> {
  const [rows] = await database.query(`SELECT COUNT(*) AS n FROM ${table}`);
  return Number((rows as { n: number }[])[0]?.n);
}
