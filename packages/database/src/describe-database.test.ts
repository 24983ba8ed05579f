import { testDatabase } from '@guichet/testing';
import test from 'ava';
import { describeDatabase, isWritable } from './describe-database.ts';

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

test('a server is writable only if read_only is off, which is a number or, since MariaDB 12, a word', (t) => {
  for (const off of [0, 0n, 'OFF']) t.true(isWritable(off), String(off));
  for (const on of [1, 1n, 'ON', 'NO_LOCK', 'NO_LOCK_NO_ADMIN', null, undefined, ''])
    t.false(isWritable(on), String(on));
});
