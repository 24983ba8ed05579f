import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { silentLog } from '@guichet/log';
import { eventually, testDatabase } from '@guichet/testing';
import test, { type ExecutionContext } from 'ava';
import { migrate, schemaIsCurrent } from './migrate.ts';

const FIXTURE = fileURLToPath(new URL('migrate.fixture.ts', import.meta.url));

/** A folder of migrations for one test: file name and body of `up`. */
async function migrations(t: ExecutionContext, files: Record<string, string>) {
  const directory = await mkdtemp(join(tmpdir(), 'guichet-migrations-'));
  t.teardown(() => rm(directory, { recursive: true }));
  await writeFile(join(directory, 'package.json'), '{"type":"module"}');
  const add = (name: string, up: string) =>
    writeFile(
      join(directory, name),
      `export async function up(db: any): Promise<void> { ${up} }\nexport async function down(): Promise<void> {}\n`,
    );
  for (const [name, up] of Object.entries(files)) await add(name, up);
  return { directory, url: pathToFileURL(`${directory}/`), add };
}

async function ownDatabase(t: ExecutionContext, pool = 2) {
  const own = await testDatabase({ pool });
  t.teardown(() => own.drop());
  return own;
}

function startProcess(t: ExecutionContext, settings: unknown, directory: string): ChildProcess {
  const child = spawn(process.execPath, [FIXTURE, JSON.stringify(settings), directory], { stdio: 'inherit' });
  t.teardown(() => child.kill('SIGKILL'));
  return child;
}

const CREATE = "await db.raw('CREATE TABLE IF NOT EXISTS thing (id INT PRIMARY KEY)');";

test('migrations run in order, once, and the schema is then current', async (t) => {
  const { db } = await ownDatabase(t);
  const { url, add } = await migrations(t, {
    '001-first.ts': CREATE,
    '002-second.ts': "await db.raw('INSERT INTO thing VALUES (1)');",
  });
  t.false(await schemaIsCurrent(db, url));
  await migrate(db, url, silentLog);
  await migrate(db, url, silentLog);
  t.true(await schemaIsCurrent(db, url));
  t.is((await db('thing')).length, 1);
  await add('003-third.ts', "await db.raw('INSERT INTO thing VALUES (2)');");
  t.false(await schemaIsCurrent(db, url));
  await migrate(db, url, silentLog);
  t.is((await db('thing')).length, 2);
});

test('of several processes that start together, one migrates', async (t) => {
  const { db, settings } = await ownDatabase(t);
  const { directory, url } = await migrations(t, {
    '001-first.ts': CREATE,
    '002-slow.ts': "await db.raw('SELECT SLEEP(0.3)'); await db.raw('INSERT INTO thing VALUES (1)');",
  });
  const processes = [1, 2, 3].map(() => startProcess(t, settings, directory));
  const codes = await Promise.all(processes.map(async (child) => (await once(child, 'exit'))[0]));
  t.deepEqual(codes, [0, 0, 0]);
  t.is((await db('thing')).length, 1);
  t.true(await schemaIsCurrent(db, url));
});

test('a process killed during a migration leaves no lock, and the next one migrates', async (t) => {
  const { db, settings } = await ownDatabase(t);
  const { directory, url, add } = await migrations(t, {
    '001-first.ts': CREATE,
    '002-hangs.ts': "await db.raw('INSERT INTO thing VALUES (7)'); await db.raw('SELECT SLEEP(60)');",
  });
  const child = startProcess(t, settings, directory);
  await eventually(async () => (await db('thing')).length === 1, 60_000);
  child.kill('SIGKILL');
  await once(child, 'exit');
  await add('002-hangs.ts', "await db.raw('INSERT IGNORE INTO thing VALUES (7), (8)');");
  const began = performance.now();
  await migrate(db, url, silentLog);
  t.true(performance.now() - began < 60_000, 'long before the lock times out after 120 s');
  t.is((await db('thing')).length, 2);
  t.true(await schemaIsCurrent(db, url));
});

test('a migration beside transactions that wait for each other’s rows and for its tables holds them up only briefly', async (t) => {
  const { db } = await ownDatabase(t, 8);
  for (const table of ['one', 'other']) {
    await db.raw(`CREATE TABLE ${table} (id INT PRIMARY KEY, value INT NOT NULL)`);
    await db.raw(`INSERT INTO ${table} VALUES (1, 0)`);
  }
  const { url } = await migrations(t, {
    '001-alters.ts': "await db.raw('ALTER TABLE other ADD COLUMN more INT NULL');",
  });
  const [first, second] = [await db.transaction(), await db.transaction()];
  t.teardown(() => Promise.allSettled([first.rollback(), second.rollback()]));
  await first.raw('UPDATE one SET value = 1 WHERE id = 1');
  await second.raw('SELECT * FROM other');
  // The second waits for the first one's row, the migration for the second, and the first behind the migration.
  const began = performance.now();
  const waiting = second.raw('UPDATE one SET value = 2 WHERE id = 1');
  const migrating = migrate(db, url, silentLog);
  await eventually(async () => {
    const [rows] = await db.raw(
      "SELECT 1 FROM information_schema.processlist WHERE info LIKE 'ALTER TABLE other%'",
    );
    return rows.length > 0;
  });
  await first.raw('SELECT * FROM other');
  await first.commit();
  await waiting;
  await second.commit();
  t.true(performance.now() - began < 9_000, 'before a row is given up, after 10 s');
  await migrating;
  t.true('more' in (await db('other').first()));
});

test('a failed migration releases the lock and runs again next time', async (t) => {
  const { db } = await ownDatabase(t);
  const { url } = await migrations(t, {
    '001-first.ts': CREATE,
    '002-fails-once.ts': `
      const [rows] = await db.raw("SELECT COUNT(*) AS n FROM thing");
      await db.raw('INSERT INTO thing VALUES (1) ON DUPLICATE KEY UPDATE id = 1');
      if (Number(rows[0].n) === 0) throw new Error('the first time');`,
  });
  await t.throwsAsync(migrate(db, url, silentLog), { message: /the first time/ });
  t.false(await schemaIsCurrent(db, url));
  await migrate(db, url, silentLog);
  t.true(await schemaIsCurrent(db, url));
});

test('an older release starts on a newer schema', async (t) => {
  const { db } = await ownDatabase(t);
  const newer = await migrations(t, { '001-first.ts': CREATE, '002-newer.ts': 'await undefined;' });
  const older = await migrations(t, { '001-first.ts': CREATE });
  await migrate(db, newer.url, silentLog);
  await migrate(db, older.url, silentLog);
  t.true(await schemaIsCurrent(db, older.url));
});
