import { testDatabase } from '@guichet/testing';
import test from 'ava';
import { query, queryOnce } from './query.ts';
import { lock, select } from './query-value.ts';
import { sql } from './sql.ts';
import { flag, json, table } from './table.ts';
import { transaction } from './transaction.ts';

const { db, drop } = await testDatabase({ pool: 2, pipelines: true });
test.after.always(drop);

interface Box {
  id: number;
  colour: string | null;
  heldMinor: bigint;
  isOpen: boolean;
  tags: readonly string[];
  packedAt: Date;
  label: string;
}

const boxes = table<Box>('boxes', {
  id: 'id',
  colour: 'colour',
  heldMinor: 'held',
  isOpen: flag('is_open'),
  tags: json('tags'),
  packedAt: 'packed_at',
  label: { column: 'label', expression: "CONCAT('box ', label)" },
});

test.before(async () => {
  await db.raw(`CREATE TABLE boxes (id INT PRIMARY KEY, colour VARCHAR(20) NULL, held BIGINT NOT NULL DEFAULT 5,
    is_open TINYINT NOT NULL DEFAULT 0, tags TEXT NOT NULL, packed_at DATETIME(3) NOT NULL, label VARCHAR(20) NOT NULL DEFAULT 'x')`);
});
test.beforeEach(() => db.raw('DELETE FROM boxes'));

const box = (id: number, more: Partial<Box> = {}): Box => ({
  id,
  colour: "it's red",
  heldMinor: 9_007_199_254_740_993n,
  isOpen: true,
  tags: ['a', '"b"'],
  packedAt: new Date('2026-01-02T03:04:05.678Z'),
  label: 'one',
  ...more,
});

test.serial('rows are read back as they were inserted, by the names of their fields', async (t) => {
  await queryOnce(db, boxes.insert([box(1), box(2, { colour: null, isOpen: false, tags: [] })]));
  t.deepEqual(await queryOnce(db, boxes.select(sql`id > ${0} ORDER BY id DESC`)), [
    box(2, { colour: null, isOpen: false, tags: [], label: 'box one' }),
    box(1, { label: 'box one' }),
  ]);
  t.deepEqual(await queryOnce(db, boxes.find(sql`id = ${1}`)), box(1, { label: 'box one' }));
  t.is(await queryOnce(db, boxes.find(sql`id = ${3}`)), null);
});

test.serial('a row can be inserted with some of its fields; the others get their defaults', async (t) => {
  const { id, tags, packedAt } = box(1);
  await queryOnce(db, boxes.insert([{ id, tags, packedAt }], ['id', 'tags', 'packedAt']));
  t.like(await queryOnce(db, boxes.find(sql`id = 1`)), {
    heldMinor: 5n,
    isOpen: false,
    tags,
    label: 'box x',
  });
  t.is(boxes.insert([]).sql, null);
});

test.serial('a stored row is kept or changed, as ON DUPLICATE KEY UPDATE says', async (t) => {
  await queryOnce(db, boxes.insert([box(1)]));
  const fields = ['id', 'colour', 'tags', 'packedAt'] as const;
  await queryOnce(db, boxes.upsert([box(1, { colour: 'blue' })], fields, sql`id = id`));
  t.is((await queryOnce(db, boxes.find(sql`id = 1`)))?.colour, "it's red");
  await queryOnce(db, boxes.upsert([box(1, { colour: 'blue' })], fields, sql`colour = VALUES(colour)`));
  t.is((await queryOnce(db, boxes.find(sql`id = 1`)))?.colour, 'blue');
});

test.serial('updates and deletes return the number of matching rows', async (t) => {
  await queryOnce(db, boxes.insert([box(1), box(2), box(3)]));
  t.is(await queryOnce(db, boxes.update({ isOpen: false, colour: undefined }, sql`id > ${1}`)), 2);
  t.is(
    await queryOnce(db, boxes.update({ isOpen: false }, sql`id > ${1}`)),
    2,
    'found, although nothing changes',
  );
  t.like(await queryOnce(db, boxes.find(sql`id = 2`)), { isOpen: false, colour: "it's red" });
  t.is(boxes.update({}, sql`id = 1`).sql, null);
  t.is(await queryOnce(db, boxes.delete(sql`id < ${3}`)), 2);
});

test.serial('columns of a join have the names of their fields', async (t) => {
  await queryOnce(db, boxes.insert([box(1)]));
  const joined = select<Box & { one: number }>(
    sql`SELECT ${boxes.columns}, other.one FROM ${boxes.name} JOIN (SELECT 1 AS one) other WHERE boxes.id = ${1}`,
  );
  t.deepEqual((await queryOnce(db, joined)).map(boxes.read), [{ ...box(1, { label: 'box one' }), one: 1 }]);
});

test.serial('a locking read compiles only in a transaction, and it locks', async (t) => {
  await queryOnce(db, boxes.insert([box(1)]));
  const locking = boxes.lockOne(sql`id = ${1}`);
  // @ts-expect-error a lock that is taken outside a transaction ends before its row can be used
  await queryOnce(db, locking);
  const counted = boxes.lock(sql`id = ${1}`).map((rows) => rows.length);
  // @ts-expect-error nor one with another meaning
  await queryOnce(db, counted);
  // @ts-expect-error nor one written by hand
  await queryOnce(db, lock(sql`SELECT id FROM boxes WHERE id = ${1}`));
  await transaction(db, async (trx) => {
    t.is((await queryOnce(trx, locking))?.id, 1);
    const [again, all] = await query(trx, locking, boxes.select(sql`1 = 1`));
    t.deepEqual([again?.id, all.length], [1, 1]);
    const impatient = select(sql`SELECT id FROM boxes WHERE id = ${1} FOR UPDATE NOWAIT`);
    await t.throwsAsync(queryOnce(db, impatient), undefined, 'another transaction cannot lock it');
  });
});
