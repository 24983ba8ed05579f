import { testDatabase } from '@guichet/testing';
import test from 'ava';
import type { ReadOnlyDatabase } from './open.ts';
import { query, queryEach, queryOnce } from './query.ts';
import { change, lock, select } from './query-value.ts';
import { sql } from './sql.ts';
import { transaction } from './transaction.ts';

// With a stand-in for the replicas. Real ones: tools/src/servers/.

const { db, drop } = await testDatabase({ pool: 2 });
test.after.always(drop);

const readsWith = (send: (text: string) => Promise<{ answer: unknown } | null>): ReadOnlyDatabase => ({
  writer: db,
  replicas: { send, onRead: () => undefined },
});
const one = select<{ value: number }>(sql`SELECT 1 AS value`);

test('a read takes the answer of a replica, and the writer’s if no replica can give one', async (t) => {
  const sent: string[] = [];
  const answering = readsWith(async (text) => {
    sent.push(text);
    return { answer: [{ value: 7 }] };
  });
  t.deepEqual(await queryOnce(answering, one), [{ value: 7 }]);
  t.deepEqual(
    await queryOnce(
      answering,
      one.map((rows) => rows[0]?.value),
    ),
    7,
  );
  t.is(sent.length, 2);
  const failing = readsWith(async () => null);
  t.deepEqual(await queryOnce(failing, one), [{ value: 1 }]);
  t.deepEqual(await queryEach(failing, [one, one]), [[{ value: 1 }], [{ value: 1 }]]);
  t.deepEqual(await queryOnce({ replicas: null, writer: db }, one), [{ value: 1 }]);
});

test('what decides can’t be given a replica: it takes no transaction, no lock and no change', (t) => {
  const reads = readsWith(async () => null);
  const wrong = [
    // @ts-expect-error a transaction needs the writer
    () => transaction(reads, async () => undefined),
    // @ts-expect-error a change needs the writer
    () => queryOnce(reads, change(sql`DELETE FROM nothing`)),
    // @ts-expect-error a lock needs a transaction
    () => queryOnce(reads, lock(sql`SELECT 1`)),
    // @ts-expect-error several queries at once need a transaction
    () => query(reads, one),
  ];
  t.is(wrong.length, 4);
});
