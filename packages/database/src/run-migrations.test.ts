import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
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

const GRANTS = { thing: ['INSERT'], leases: [] };

function run(
  environment: Record<string, string>,
  folder = directory,
  grants: Record<string, string[]> = GRANTS,
): Promise<{ status: number; said: string }> {
  const env = { PATH: process.env.PATH ?? '', TLS_DIRECTORY: '/nowhere', ...environment };
  return new Promise((resolve) => {
    execFile(process.execPath, [FIXTURE, folder, JSON.stringify(grants)], { env }, (error, said) =>
      resolve({ status: error === null ? 0 : Number(error.code), said }),
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

async function rightsOn(table: string): Promise<string> {
  const [[{ rights }]] = await db.raw(
    'SELECT GROUP_CONCAT(privilege_type ORDER BY privilege_type) AS rights FROM information_schema.table_privileges WHERE grantee = ? AND table_name = ?',
    [`'${runtimeUser}'@'%'`, table],
  );
  return rights;
}

test.serial('the schema is migrated to this release, and a second run changes nothing', async (t) => {
  const first = await run(given);
  t.is(first.status, 0, first.said);
  t.true(first.said.includes('"migration":"0001-thing.ts"'));
  const again = await run(given);
  t.is(again.status, 0, again.said);
  t.false(again.said.includes('"migration"'));
  t.is(await rightsOn('thing'), 'INSERT,SELECT');
});

test.serial(
  'the step of an older release runs on the schema of a newer one, and leaves the rights that only the newer one needs',
  async (t) => {
    const newer = await mkdtemp(join(tmpdir(), 'guichet-newer-'));
    t.teardown(() => rm(newer, { recursive: true }));
    await cp(directory, newer, { recursive: true });
    await writeFile(
      join(newer, '0002-expand-other.ts'),
      "export const up = (db: any) => db.raw('CREATE TABLE IF NOT EXISTS other (id INT PRIMARY KEY)');\nexport const down = async () => undefined;\n",
    );
    const forgotten = await run(given, newer);
    t.is(forgotten.status, 1);
    t.regex(forgotten.said, /grants.ts does not name the table other/);
    const upgraded = await run(given, newer, { ...GRANTS, thing: ['INSERT', 'UPDATE'], other: ['INSERT'] });
    t.is(upgraded.status, 0, upgraded.said);
    const rolledBack = await run(given);
    t.is(rolledBack.status, 0, rolledBack.said);
    t.is(await rightsOn('thing'), 'INSERT,SELECT,UPDATE');
    t.is(await rightsOn('other'), 'INSERT,SELECT');
  },
);

test('a wrong password and invalid settings end it immediately, with one line that explains why', async (t) => {
  const refused = await run({ ...given, DATABASE_MIGRATION_USER: 'unknown-user' });
  t.is(refused.status, 1);
  t.regex(refused.said, /Access denied/);
  const unsound = await run({});
  t.is(unsound.status, 1);
  t.regex(unsound.said, /DATABASE_MIGRATION_PASSWORD is missing/);
});
