import { testDatabase } from '@guichet/testing';
import test from 'ava';
import fc from 'fast-check';
import { firstIdOf, newId } from './ids.ts';
import { queryOnce } from './query.ts';
import { select } from './query-value.ts';
import { sql } from './sql.ts';
import { table } from './table.ts';
import { NO_UUID, uuid, uuidAsText, uuidColumn, uuids } from './uuid.ts';

const { db, drop } = await testDatabase();
test.before(async () => {
  await db.raw(
    'CREATE TABLE things (id BINARY(16) NOT NULL PRIMARY KEY, parent_id BINARY(16) NULL, digest VARBINARY(32) NULL)',
  );
});
test.after.always(drop);

const things = table<{ id: string; parentId: string | null }>('things', {
  id: uuidColumn('id'),
  parentId: uuidColumn('parent_id'),
});

test.serial('ids are stored in 16 bytes, read as they were written, and found', async (t) => {
  await fc.assert(
    fc.asyncProperty(fc.uuid(), fc.option(fc.uuid()), async (id, parentId) => {
      await db.raw('DELETE FROM things');
      await queryOnce(db, things.insert([{ id, parentId }]));
      t.deepEqual(await queryOnce(db, things.find(sql`id = ${uuid(id)}`)), { id, parentId });
      t.deepEqual(await queryOnce(db, things.select(sql`id IN (${uuids([newId(), id])})`)), [
        { id, parentId },
      ]);
      const [row] = await queryOnce(
        db,
        select<{ bytes: bigint; text: string; either: string }>(
          sql`SELECT LENGTH(id) AS bytes, ${uuidAsText(sql`id`)} AS text, COALESCE(parent_id, id) AS either FROM things`,
        ),
      );
      t.deepEqual([Number(row?.bytes), row?.text, row?.either], [16, id, parentId ?? id]);
    }),
    { numRuns: 30 },
  );
});

test.serial('ids keep the order of their times, and of their text', async (t) => {
  await db.raw('DELETE FROM things');
  const times = [0, 1_700_000_000_000, 1_700_000_000_001, 2 ** 47];
  const ids = [...times.map((time) => firstIdOf(new Date(Math.min(time, 8.64e15)))), newId(), newId()];
  await queryOnce(db, things.insert(ids.toReversed().map((id) => ({ id, parentId: null }))));
  const read = await queryOnce(db, things.select(sql`id > ${uuid(NO_UUID)} ORDER BY id`));
  t.deepEqual(
    read.map(({ id }) => id),
    ids.toSorted(),
  );
});

test.serial('text that is no UUID finds nothing, and is never written', async (t) => {
  await db.raw('DELETE FROM things');
  const id = newId();
  await queryOnce(db, things.insert([{ id, parentId: null }]));
  for (const odd of [
    '',
    'x',
    id.toUpperCase(),
    id.slice(1),
    `${id}0`,
    `${id}' OR '1' = '1`,
    id.replaceAll('-', ''),
    `${id}\n`,
  ]) {
    t.deepEqual(await queryOnce(db, things.select(sql`id = ${uuid(odd)}`)), [], odd);
    t.deepEqual(await queryOnce(db, things.select(sql`id IN (${uuids([odd])})`)), [], odd);
    t.throws(() => things.insert([{ id: odd, parentId: null }]), { instanceOf: RangeError });
  }
  t.deepEqual(await queryOnce(db, things.select(sql`id IN (${uuids([])})`)), []);
});

test.serial('other bytes are read as bytes', async (t) => {
  await db.raw('DELETE FROM things');
  await db.raw('INSERT INTO things VALUES (?, NULL, ?)', [Buffer.alloc(16, 1), Buffer.alloc(32, 2)]);
  const [[{ digest, parent_id }]] = await db.raw('SELECT digest, parent_id FROM things');
  t.deepEqual(digest, Buffer.alloc(32, 2));
  t.is(parent_id, null);
});
