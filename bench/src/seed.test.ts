import { databaseAddresses } from '@guichet/config';
import { newId, uuidBytes } from '@guichet/database';
import { testDatabase } from '@guichet/testing';
import test from 'ava';
import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { BARE_TABLES } from './bare-schema.ts';
import { createOwnRows, decideOnOwnRows } from './own-rows.ts';
import { seedAccounts, seedWaitingTransfers } from './seed.ts';
import { bytesPerOperation, storeOperations } from './seed-volume.ts';

const MIGRATIONS = new URL('../../services/accounts/migrations/', import.meta.url);

/** The benchmark writes rows of accounts by itself: here it meets the schema as it is. */
test('what the benchmark stores fits the schema of accounts, and its books balance', async (t) => {
  const { settings, drop } = await testDatabase({ migrations: MIGRATIONS });
  const connect = (database: string) =>
    createConnection({
      ...databaseAddresses(settings)[0],
      user: settings.DATABASE_USER,
      password: settings.DATABASE_PASSWORD,
      database,
      timezone: 'Z',
    });
  const database = await connect(settings.DATABASE_NAME);
  t.teardown(async () => {
    for (const name of ['own_rows', 'bare']) await database.query(`DROP DATABASE IF EXISTS ${name}`);
    await database.query("DROP USER IF EXISTS 'bare'@'%'");
    await database.end();
    await drop();
  });
  const numbers = async (statement: string) => {
    const [[row]] = await database.query<RowDataPacket[]>(statement);
    return Object.values(row ?? {}).map(Number);
  };

  const [owner, agent] = ['alice', 'ann'].map((username) => ({ id: newId(), username }));
  if (owner === undefined || agent === undefined) return t.fail();
  await database.query('INSERT INTO people (id, version, username, name, role, status) VALUES ?', [
    [[uuidBytes(owner.id), 1, owner.username, 'Alice', 'member', 'active']],
  ]);
  const accounts = await seedAccounts(database, 10, [owner], agent);
  await storeOperations(database, 40, () => undefined);
  const waiting = await seedWaitingTransfers(database, accounts, 5, 'uniform');
  const paidIn =
    "SELECT SUM(amount) FROM transfers WHERE id IN (SELECT id FROM operations WHERE type = 'deposit')";
  t.deepEqual(await numbers(`SELECT SUM(amount) - (${paidIn}), COUNT(*) > 60 FROM entries`), [0, 1]);
  t.deepEqual(
    await numbers(`SELECT COUNT(*) FROM transfers t WHERE NOT EXISTS (SELECT 1 FROM entries e
      WHERE e.account_id = t.credit_account_id AND e.number = t.credit_number AND e.transfer_id = t.id)`),
    [0],
  );
  t.deepEqual(
    await numbers(`SELECT COUNT(*) FROM accounts a WHERE balance <> (SELECT SUM(amount) FROM entries e WHERE e.account_id = a.id)
      OR entry_count <> (SELECT MAX(number) FROM entries e WHERE e.account_id = a.id)`),
    [0],
  );
  t.deepEqual(await numbers("SELECT COUNT(*) FROM operations WHERE status = 'pending'"), [waiting.length]);
  t.true((await bytesPerOperation(database)) > 0);

  await database.query('CREATE DATABASE bare');
  await database.query("CREATE USER 'bare'@'%' IDENTIFIED BY 'bare'");
  const bare = await connect('bare');
  t.teardown(() => bare.end());
  for (const statement of BARE_TABLES) await bare.query(statement);
  await createOwnRows(database);
  const [own = ''] = await seedWaitingTransfers(database, accounts, 1, 'uniform', 'own_rows.');
  await decideOnOwnRows(bare, own);
  t.deepEqual(await numbers('SELECT SUM(amount), COUNT(*) FROM own_rows.entries'), [0, 2]);
  t.deepEqual(await numbers("SELECT COUNT(*) FROM own_rows.operations WHERE status = 'posted'"), [1]);
});
