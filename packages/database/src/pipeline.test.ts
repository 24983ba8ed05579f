import { testDatabase } from '@guichet/testing';
import test from 'ava';
import type { Database } from './open.ts';
import { change, constant, select } from './query-value.ts';
import { sql } from './sql.ts';
import { table } from './table.ts';
import { transaction } from './transaction.ts';

const { db, drop } = await testDatabase({ pipelines: true, pool: 4 });
test.after.always(drop);
test.before(async () => {
  await db.raw(
    'CREATE TABLE thing (id INT PRIMARY KEY, word VARCHAR(200) NOT NULL, n INT NOT NULL) ENGINE=InnoDB',
  );
});
test.beforeEach(() => db.raw('DELETE FROM thing'));

const things = table<{ id: number; word: string; n: number }>('thing', { id: 'id', word: 'word', n: 'n' });
const add = (id: number, word = 'a word') => things.insert([{ id, word, n: 0 }]);
const raise = (id: number) => change(sql`UPDATE thing SET n = n + 1 WHERE id = ${id}`);
const all = things.select(sql`1 = 1 ORDER BY id`).map((rows) => rows.map(({ id, n }) => [id, n]));
const stored = async () => {
  const [rows] = await db.raw('SELECT id FROM thing ORDER BY id');
  return (rows as { id: number }[]).map(({ id }) => id);
};

test.serial('queries return their results in order, including constants', async (t) => {
  const seen = await transaction(db, async (trx) => {
    const first = await trx.query(add(1), constant('known'), all);
    const alone = await trx.query(all);
    return [...first, ...alone, ...(await trx.commit(add(2), all))];
  });
  t.deepEqual(seen, [
    undefined,
    'known',
    [[1, 0]],
    [[1, 0]],
    undefined,
    [
      [1, 0],
      [2, 0],
    ],
  ]);
  t.deepEqual(await stored(), [1, 2]);
});

test('a constant needs no round trip', async (t) => {
  const sent: string[] = [];
  const connections = {
    acquire: async () => ({}),
    release: () => undefined,
    send: async (_: unknown, statements: readonly string[]) => {
      sent.push(statements.join(';\n'));
      return statements.map(() => []);
    },
  };
  const recorded = { connections } as unknown as Database;
  await transaction(recorded, async (trx) => {
    t.deepEqual(await trx.query(constant('known')), ['known']);
    await trx.query(raise(1));
    t.deepEqual(await trx.query(constant(2)), [2]);
    await trx.commit(raise(3));
  });
  const journey = (...statements: (string | null)[]) => statements.join(';\n');
  t.deepEqual(sent, [journey('START TRANSACTION', raise(1).sql), journey(raise(3).sql, 'COMMIT')]);
  sent.length = 0;
  await transaction(recorded, (trx) => trx.commit(constant(1)));
  t.deepEqual(sent, []);
});

test.serial(
  'work that does not commit is committed at its end, and no query is allowed after a commit',
  async (t) => {
    await transaction(db, (trx) => trx.query(add(1)));
    t.deepEqual(await stored(), [1]);
    await transaction(db, async () => 'no query');
    await t.throwsAsync(
      transaction(db, async (trx) => {
        await trx.commit(add(2));
        await trx.query(add(3));
      }),
      { message: 'the transaction is over' },
    );
    t.deepEqual(await stored(), [1, 2]);
  },
);

test.serial(
  'a failed transaction leaves nothing, whether the work fails or a statement sent with the commit',
  async (t) => {
    await t.throwsAsync(
      transaction(db, async (trx) => {
        await trx.query(add(1));
        throw new Error('the rule says no');
      }),
      { message: 'the rule says no' },
    );
    await t.throwsAsync(
      transaction(db, (trx) => trx.commit(add(1), add(2), add(1))),
      { code: 'ER_DUP_ENTRY' },
    );
    t.deepEqual(await stored(), []);
    // More often than the pool has connections, so each was released without an open transaction.
    for (let round = 0; round < 6; round += 1) await transaction(db, (trx) => trx.commit(add(round)));
    t.is((await stored()).length, 6);
  },
);

test.serial('transactions that deadlock run again as a whole until both commit', async (t) => {
  await transaction(db, (trx) => trx.commit(add(1), add(2)));
  let [runs, holding] = [0, 0];
  const both = Promise.withResolvers<void>();
  const cross = (first: number, second: number) =>
    transaction(db, async (trx) => {
      runs += 1;
      await trx.query(raise(first));
      holding += 1;
      // Not when both run: one that doesn't hold its first row yet could let the other pass.
      if (holding === 2) both.resolve();
      await both.promise;
      await trx.commit(raise(second));
    });
  await Promise.all([cross(1, 2), cross(2, 1)]);
  t.true(runs > 2, 'they have met');
  const [rows] = await db.raw('SELECT n FROM thing ORDER BY id');
  t.deepEqual(rows, [{ n: 2 }, { n: 2 }]);
});

test.serial('a connection that breaks in a transaction is not used again', async (t) => {
  const kill = select(sql`SELECT CONNECTION_ID() AS id`, (rows: { id: bigint }[]) => rows[0]?.id);
  await t.throwsAsync(
    transaction(db, async (trx) => {
      const [id] = await trx.query(kill, add(1));
      await db.raw(`KILL ${id}`);
      await trx.commit(add(2));
    }),
  );
  for (let round = 0; round < 5; round += 1) await transaction(db, (trx) => trx.query(all));
  t.deepEqual(await stored(), []);
});

test.serial('any text is read back unchanged', async (t) => {
  const texts = [
    "it's",
    'a \\ and \\\\',
    "\\'; DROP TABLE thing; --",
    '"q"',
    '? ?',
    'nul \0 in it',
    '\n\r\t\x1a',
    'é €  🏦',
    '%_',
  ];
  for (const [id, word] of texts.entries()) {
    const read = select(
      sql`SELECT word FROM thing WHERE word = ${word}`,
      (rows: { word: string }[]) => rows[0]?.word,
    );
    const [, found] = await transaction(db, (trx) => trx.commit(add(id, word), read));
    t.is(found, word);
  }
});
