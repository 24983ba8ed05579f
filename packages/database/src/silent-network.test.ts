import { silentLog } from '@guichet/log';
import { eventually, type Link, openLink, testDatabase } from '@guichet/testing';
import test, { type ExecutionContext } from 'ava';
import { SERVER_WAITS_SECONDS } from './connection.ts';
import { isUnavailable } from './errors.ts';
import { type Database, databaseAnswers, openDatabase } from './open.ts';
import { queryOnce } from './query.ts';
import { change, lock, select } from './query-value.ts';
import { sql } from './sql.ts';
import { transaction } from './transaction.ts';

// A network that loses connections without a word to either side.

const ANSWER_WITHIN_MS = 500;
const POOL = 4;

const { db, settings, drop } = await testDatabase({ pool: 2 });
test.after.always(drop);
test.before(async () => {
  await db.raw('CREATE TABLE thing (id INT PRIMARY KEY, amount INT)');
  await db.raw('INSERT INTO thing VALUES (1, 0), (2, 0)');
});

async function openFarDatabase(t: ExecutionContext): Promise<{ far: Database; link: Link }> {
  const link = await openLink({ target: settings.DATABASE_PORT });
  const there = { ...settings, DATABASE_HOSTS: ['127.0.0.1'], DATABASE_PORT: link.port, DATABASE_POOL: POOL };
  const far = openDatabase(there, silentLog, { answerWithinMs: ANSWER_WITHIN_MS });
  t.teardown(async () => {
    await far.destroy();
    await link.close();
  });
  return { far, link };
}

const one = select<{ one: number }>(sql`SELECT 1 AS one`);

test.serial('a statement without an answer fails in time, as an unavailable database', async (t) => {
  const { far, link } = await openFarDatabase(t);
  await queryOnce(far, one);
  link.cut();
  const beganAt = performance.now();
  const error = await t.throwsAsync(queryOnce(far, one));
  t.true(isUnavailable(error));
  t.true(performance.now() - beganAt < 10 * ANSWER_WITHIN_MS);
});

test.serial('reads of a whole table, in a snapshot, may take longer', async (t) => {
  const { far } = await openFarDatabase(t);
  const slow = select<{ done: number }>(sql`SELECT SLEEP(${(2 * ANSWER_WITHIN_MS) / 1000}) AS done`);
  t.is(
    await transaction(far, async (trx) => Number((await queryOnce(trx, slow))[0]?.done), { snapshot: true }),
    0,
  );
  t.true(isUnavailable(await t.throwsAsync(transaction(far, (trx) => queryOnce(trx, slow)))));
});

test.serial('the server waits longer for the next statement of a snapshot, and only for that', async (t) => {
  const { far } = await openFarDatabase(t);
  const waits = select<{ seconds: number | bigint }>(sql`SELECT @@SESSION.wait_timeout AS seconds`);
  const read = async (sender: Parameters<typeof queryOnce>[0]) =>
    Number((await queryOnce(sender, waits))[0]?.seconds);
  t.true((await transaction(far, read, { snapshot: true })) > 10 * SERVER_WAITS_SECONDS);
  t.is(await read(far), SERVER_WAITS_SECONDS, 'after a commit');
  const failing = async () => {
    throw new Error('refused');
  };
  await t.throwsAsync(
    transaction(far, async (trx) => read(trx).then(failing), { snapshot: true }),
    { message: 'refused' },
  );
  t.is(await read(far), SERVER_WAITS_SECONDS, 'after a rollback');
});

test.serial('after one connection has proved dead, no idle one of before is used', async (t) => {
  const { far, link } = await openFarDatabase(t);
  await Promise.all(Array.from({ length: POOL }, () => queryOnce(far, select(sql`SELECT SLEEP(0.2)`))));
  link.cut();
  link.heal({ forget: true });
  const error = await t.throwsAsync(queryOnce(far, one));
  t.true(isUnavailable(error));
  for (let query = 0; query < POOL; query += 1) t.is((await queryOnce(far, one))[0]?.one, 1);
});

test.serial('a connection that does not answer to the login fails in time', async (t) => {
  const { far, link } = await openFarDatabase(t);
  link.cut();
  const error = await t.throwsAsync(queryOnce(far, one));
  t.true(isUnavailable(error));
});

test.serial('the probe survives connections that the server has ended or the network lost', async (t) => {
  const { far, link } = await openFarDatabase(t);
  t.true(await databaseAnswers(far));
  const [rows] = await db.raw('SHOW PROCESSLIST');
  for (const { Id: id, db: schema, Info: info } of rows)
    if (schema === settings.DATABASE_NAME && info === null) await db.raw(`KILL ${id}`).catch(() => undefined);
  await eventually(() => link.connections() === 0);
  t.true(await databaseAnswers(far), 'the server ended it');
  link.cut();
  link.heal({ forget: true });
  t.false(await databaseAnswers(far, 300));
  t.true(await eventually(() => databaseAnswers(far)), 'the network lost it');
});

test.serial(
  'the server waits seconds for a client that is gone, not hours, before it releases its locks',
  async (t) => {
    const { far, link } = await openFarDatabase(t);
    const waits = select<{ seconds: number | bigint }>(sql`SELECT @@SESSION.wait_timeout AS seconds`);
    t.is(Number((await queryOnce(far, waits))[0]?.seconds), SERVER_WAITS_SECONDS);
    const holding = transaction(far, async (trx) => {
      await trx.query(
        change(sql`SET SESSION wait_timeout = 1`),
        lock(sql`SELECT id FROM thing WHERE id = 1`),
      );
      link.cut();
      await trx.commit(change(sql`UPDATE thing SET amount = 1 WHERE id = 1`));
    });
    t.true(isUnavailable(await t.throwsAsync(holding)));
    // On the near connection, which has the time to wait for the lock.
    t.is(await queryOnce(db, change(sql`UPDATE thing SET amount = 2 WHERE id = 1`)), 1);
  },
);
