import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { testDatabase } from '@guichet/testing';
import test from 'ava';

const FIXTURE = fileURLToPath(new URL('run-migrations.fixture.ts', import.meta.url));
const { db, settings, drop } = await testDatabase();
const runtimeUser = settings.DATABASE_NAME;
const directory = await mkdtemp(join(tmpdir(), 'guichet-migrations-'));
test.after.always(async () => {
  await db.raw("DROP USER IF EXISTS ?@'%'", [runtimeUser]);
  await drop();
  await rm(directory, { recursive: true });
});
test.before(async () => {
  await db.raw("CREATE USER ?@'%' IDENTIFIED BY 'secret'", [runtimeUser]);
  await writeFile(join(directory, 'package.json'), '{"type":"module"}');
  await writeFile(
    join(directory, '0001-thing.ts'),
    "export const up = (db: any) => db.raw('CREATE TABLE IF NOT EXISTS thing (id INT PRIMARY KEY)');\nexport const down = async () => undefined;\n",
  );
});

function run(environment: Record<string, string>): Promise<{ status: number; said: string }> {
  const env = { PATH: process.env.PATH ?? '', TLS_DIRECTORY: '/nowhere', ...environment };
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [FIXTURE, directory, '{"thing":["INSERT"],"leases":[]}'],
      { env },
      (error, said) => resolve({ status: error === null ? 0 : Number(error.code), said }),
    );
  });
}

const given = {
  DATABASE_HOSTS: String(settings.DATABASE_HOSTS),
  DATABASE_PORT: String(settings.DATABASE_PORT),
  DATABASE_NAME: settings.DATABASE_NAME,
  DATABASE_USER: runtimeUser,
  DATABASE_MIGRATION_USER: settings.DATABASE_USER,
  DATABASE_MIGRATION_PASSWORD: settings.DATABASE_PASSWORD,
  DATABASE_TLS: 'off',
};

test('the schema is migrated to this release, and a second run changes nothing', async (t) => {
  const first = await run(given);
  t.is(first.status, 0, first.said);
  t.true(first.said.includes('"migration":"0001-thing.ts"'));
  const again = await run(given);
  t.is(again.status, 0, again.said);
  t.false(again.said.includes('"migration"'));
  const [[{ rights }]] = await db.raw(
    "SELECT GROUP_CONCAT(privilege_type ORDER BY privilege_type) AS rights FROM information_schema.table_privileges WHERE grantee = ? AND table_name = 'thing'",
    [`'${runtimeUser}'@'%'`],
  );
  t.is(rights, 'INSERT,SELECT');
});

test('a wrong password and invalid settings end it immediately, with one line that explains why', async (t) => {
  const refused = await run({ ...given, DATABASE_MIGRATION_USER: 'unknown-user' });
  t.is(refused.status, 1);
  t.regex(refused.said, /Access denied/);
  const unsound = await run({});
  t.is(unsound.status, 1);
  t.regex(unsound.said, /DATABASE_MIGRATION_PASSWORD is missing/);
});
