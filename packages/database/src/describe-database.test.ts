import { testDatabase } from '@guichet/testing';
import test from 'ava';
import { describeDatabase } from './describe-database.ts';

const MIGRATIONS = new URL('../../../services/logging/migrations/', import.meta.url);

test('the server’s version, and the migrations that ran and that this release has', async (t) => {
  const { db, runtime, drop } = await testDatabase({ migrations: MIGRATIONS });
  t.teardown(drop);
  const [{ version }] = (await db.raw('SELECT VERSION() AS version'))[0];
  const state = { version, writable: true, migrations: { applied: 1, expected: 1 } };
  t.deepEqual(await describeDatabase(runtime, MIGRATIONS), state);
  await db('schema_migrations').insert({ name: '9999-of-a-newer-release.ts' });
  t.is((await describeDatabase(runtime, MIGRATIONS)).migrations.applied, 2);
});
