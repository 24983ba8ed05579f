import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Address, ConfigError, databaseAddresses } from '@guichet/config';
import { createLog, silentLog } from '@guichet/log';
import { eventually, freePort, testDatabase, withKnex } from '@guichet/testing';
import test from 'ava';
import fc from 'fast-check';
import { SERVER_WAITS_SECONDS } from './connection.ts';
import { isUnavailable } from './errors.ts';
import { databaseAnswers, openDatabase, waitForDatabase } from './open.ts';
import { queryOnce } from './query.ts';
import { select } from './query-value.ts';
import { sql } from './sql.ts';

const { db, settings, drop } = await testDatabase({ pool: 2 });
test.after.always(drop);
test.before(() =>
  db.raw('CREATE TABLE thing (id INT PRIMARY KEY, big BIGINT, at DATETIME(3), text VARCHAR(60))'),
);

/** A server that accepts connections and never sends anything. */
async function silentServer(t: { teardown(end: () => unknown): void }): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => sockets.add(socket.on('error', () => undefined)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return (server.address() as AddressInfo).port;
}

test.serial('a server with lax modes truncates no value and reads a backslash as an escape', async (t) => {
  const [[before]] = await db.raw('SELECT @@GLOBAL.sql_mode AS mode');
  await db.raw("SET GLOBAL sql_mode = 'NO_BACKSLASH_ESCAPES'");
  const fresh = withKnex(openDatabase(settings, silentLog));
  try {
    const sly = "\\' OR 1 = 1 -- ";
    await fresh.raw('REPLACE INTO thing (id, text) VALUES (77, ?)', [sly]);
    t.is((await fresh('thing').where({ text: sly }).first())?.id, 77);
    const other = select(sql`SELECT id FROM thing WHERE text = ${"\\' OR 1 = 1 -- no"}`);
    t.deepEqual(await queryOnce(fresh, other), []);
    await t.throwsAsync(fresh.raw('REPLACE INTO thing (id, text) VALUES (77, ?)', ['x'.repeat(61)]), {
      message: /too long/,
    });
  } finally {
    await fresh('thing').where({ id: 77 }).delete();
    await fresh.destroy();
    await db.raw('SET GLOBAL sql_mode = ?', [before.mode]);
  }
});

test.serial('a BIGINT is read back exactly, to the last digit', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })), async (big) => {
      await db.raw('REPLACE INTO thing (id, big) VALUES (1, ?)', [big as never]);
      const [rows] = await db.raw('SELECT big FROM thing WHERE id = 1');
      t.is(rows[0].big, big);
      t.is((await db('thing').where({ id: 1 }).first()).big, big);
    }),
    { numRuns: 50 },
  );
  const [[counted]] = await db.raw('SELECT COUNT(*) AS things, MAX(id) AS id FROM thing');
  t.is(Number(counted.things), 1);
  t.is(counted.id, 1);
});

test.serial('times are in UTC to the millisecond in both directions, and text is any Unicode', async (t) => {
  const at = new Date('2026-03-29T01:30:00.123Z');
  await db('thing').insert({ id: 2, at, text: 'Zoé 💶 ‮' });
  const row = await db('thing').where({ id: 2 }).first();
  t.deepEqual(row.at, at);
  t.is(row.text, 'Zoé 💶 ‮');
  const [[{ text }]] = await db.raw('SELECT CAST(at AS CHAR) AS text FROM thing WHERE id = 2');
  t.is(text, '2026-03-29 01:30:00.123');
});

test.serial('a busy pool does not make the database unavailable', async (t) => {
  const busy = Promise.all([1, 2].map(() => db.raw('SELECT SLEEP(6)')));
  await sleep(50);
  const began = performance.now();
  t.true(await databaseAnswers(db));
  t.true(performance.now() - began < 5_000, 'before a connection is free');
  await busy;
});

test.serial(
  'a pool without a free connection fails within seconds, as an unavailable database',
  async (t) => {
    const busy = Promise.all([1, 2].map(() => db.raw('SELECT SLEEP(3.5)')));
    const error = await t.throwsAsync(db.raw('SELECT 1'));
    t.true(isUnavailable(error));
    await busy;
  },
);

test.serial('a closed pool has no open connections', async (t) => {
  const own = withKnex(openDatabase(settings, silentLog));
  await own.raw('SELECT 1');
  t.true(await databaseAnswers(own));
  const connected = async () => {
    const [rows] = await db.raw('SHOW PROCESSLIST');
    return (rows as { db: string | null }[]).filter((one) => one.db === settings.DATABASE_NAME).length;
  };
  const before = await connected();
  await own.destroy();
  for (let tries = 0; tries < 50 && (await connected()) > before - 2; tries += 1) await sleep(20);
  t.is(await connected(), before - 2);
});

test('the connection of a probe that was the last is ended before the server ends it, without a warning', async (t) => {
  const apart = await testDatabase({ pool: 1 });
  const lines: string[] = [];
  const own = openDatabase(
    apart.settings,
    createLog({ service: 'test' }, { write: (line) => void lines.push(line) }),
  );
  t.teardown(async () => {
    await own.destroy();
    await apart.drop();
  });
  const connected = async () => {
    const [rows] = await db.raw('SHOW PROCESSLIST');
    return (rows as { db: string | null }[]).filter((one) => one.db === apart.settings.DATABASE_NAME).length;
  };
  t.true(await databaseAnswers(own));
  t.is(await connected(), 1);
  await eventually(async () => (await connected()) === 0, 2_000 * SERVER_WAITS_SECONDS);
  await sleep(100);
  t.deepEqual(lines, []);
  t.true(await databaseAnswers(own), 'the next probe connects again');
});

test('a server that accepts the connection and sends nothing is reported as not ready in time', async (t) => {
  const port = await silentServer(t);
  const silent = withKnex(
    openDatabase({ ...settings, DATABASE_HOSTS: ['127.0.0.1'], DATABASE_PORT: port }, silentLog),
  );
  t.teardown(() => void silent.destroy());
  for (const withinMs of [100, 300]) {
    const began = performance.now();
    t.false(await databaseAnswers(silent, withinMs));
    t.true(performance.now() - began < withinMs + 3_000, 'before the driver gives up after 5 s');
  }
});

test('a connection that breaks during a statement is not used again', async (t) => {
  const own = openDatabase({ ...settings, DATABASE_POOL: 1 }, silentLog);
  t.teardown(() => own.destroy());
  const { connections } = own;
  const broken = await connections.acquire();
  const sleeping = broken.send('SELECT SLEEP(10)');
  await sleep(200);
  (broken.mysql as unknown as { stream: Socket }).stream.destroy();
  await t.throwsAsync(sleeping, { message: /Connection lost/ });
  connections.release(broken);
  const next = await connections.acquire();
  t.deepEqual(await next.send('SELECT 1 AS one'), [{ one: 1 }]);
  connections.release(next);
});

test('a refused connection is an unavailable database, unlike a refused login', async (t) => {
  const unreachable = withKnex(
    openDatabase({ ...settings, DATABASE_HOSTS: ['127.0.0.1'], DATABASE_PORT: await freePort() }, silentLog),
  );
  t.teardown(() => unreachable.destroy());
  t.false(await databaseAnswers(unreachable));
  t.true(isUnavailable(await t.throwsAsync(unreachable.raw('SELECT 1'))));
  t.true(isUnavailable(await t.throwsAsync(unreachable.transaction(async (trx) => trx.raw('SELECT 1')))));
  t.false(isUnavailable(await t.throwsAsync(db.raw('SELECT nothing'))));
  t.false(isUnavailable(new TypeError('a bug')));
  t.false(isUnavailable('text'));
});

test('a server that closes the connection early is an unavailable database', async (t) => {
  const server = createServer((socket) => socket.end());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  const broken = withKnex(
    openDatabase({ ...settings, DATABASE_HOSTS: ['127.0.0.1'], DATABASE_PORT: port }, silentLog),
  );
  t.teardown(() => broken.destroy());
  t.true(isUnavailable(await t.throwsAsync(broken.raw('SELECT 1'))));
});

test('a service waits for its database, logs that, and continues when it is available', async (t) => {
  const port = await freePort();
  const lines: string[] = [];
  const log = createLog({ service: 'test' }, { write: (line) => void lines.push(line) });
  const late = withKnex(
    openDatabase({ ...settings, DATABASE_HOSTS: ['127.0.0.1'], DATABASE_PORT: port }, silentLog),
  );
  t.teardown(() => late.destroy());
  const waiting = waitForDatabase(late, log);
  await sleep(300);
  const { connect } = await import('node:net');
  const [address] = databaseAddresses(settings);
  const forward = createServer((socket) => {
    const upstream = connect(address as Address);
    socket.on('error', () => upstream.destroy());
    upstream.on('error', () => socket.destroy());
    socket.pipe(upstream).pipe(socket);
  });
  forward.listen(port, '127.0.0.1');
  t.teardown(() => forward.close());
  await waiting;
  t.regex(lines.join(''), /waiting for the database/);
  t.regex(lines.at(-1) ?? '', /database available/);
  t.false(
    lines.join('').includes(settings.DATABASE_PASSWORD === '' ? '∅' : `"${settings.DATABASE_PASSWORD}"`),
  );
});

test('an aborted wait ends', async (t) => {
  const unreachable = withKnex(
    openDatabase({ ...settings, DATABASE_HOSTS: ['127.0.0.1'], DATABASE_PORT: await freePort() }, silentLog),
  );
  t.teardown(() => unreachable.destroy());
  const stop = new AbortController();
  const waiting = waitForDatabase(unreachable, silentLog, stop.signal);
  setTimeout(() => stop.abort(), 50);
  await t.throwsAsync(waiting, { name: 'AbortError' });
});

test('a server that refuses the user is not waited for', async (t) => {
  const wrong = withKnex(
    openDatabase(
      { ...settings, DATABASE_PASSWORD: 'wrong', DATABASE_USER: 'nobody-of-that-name' },
      silentLog,
    ),
  );
  t.teardown(() => wrong.destroy());
  await t.throwsAsync(waitForDatabase(wrong, silentLog), {
    instanceOf: ConfigError,
    message: /DATABASE_PASSWORD.* refused by the server: Access denied/,
  });
});
