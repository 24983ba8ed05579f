import { queryOnce } from '@guichet/database';
import { testDatabase } from '@guichet/testing';
import test from 'ava';
import { ALL_ENTRIES } from '../entries/filter.ts';
import { readEntries } from '../entries/read-entries.ts';
import { readChain } from '../entries/store.ts';
import { buildEvent, MIGRATIONS } from '../fixtures.ts';
import { GRANTS } from '../grants.ts';
import { storeEvents } from '../intake/store-events.ts';
import { verifyChain } from '../verify/verify-chain.ts';
import { addMonths } from './add-months.ts';
import { readMonths, readPartitions } from './store.ts';

const NOVEMBER = new Date('2026-11-30T23:59:59.900Z');
const DECEMBER = new Date('2026-12-01T00:00:00.100Z');

async function openLog(t: import('ava').ExecutionContext) {
  const {
    db: owner,
    runtime: db,
    drop,
  } = await testDatabase({ migrations: MIGRATIONS, grants: GRANTS, pool: 4 });
  t.teardown(drop);
  return { owner, db };
}

test('every month has partitions of its own, and its entries begin with its first sequence', async (t) => {
  const { owner, db } = await openLog(t);
  t.is(await addMonths(owner, { now: NOVEMBER, ahead: 2 }), 3);
  t.is(await addMonths(owner, { now: NOVEMBER, ahead: 2 }), 0);
  await storeEvents(db, [buildEvent(), buildEvent()], NOVEMBER);
  await storeEvents(db, [buildEvent(), buildEvent()], DECEMBER);
  await storeEvents(db, [buildEvent()], NOVEMBER);
  const entries = await queryOnce(db, readChain(0n, 10));
  t.deepEqual(
    entries.map(({ sequence }) => sequence),
    [1n, 2n, 1_000_000_000n, 1_000_000_001n, 1_000_000_002n],
    'a replica whose clock is behind continues the new month',
  );
  for (const table of ['log_entries', 'log_concerns'] as const) {
    t.deepEqual(await queryOnce(db, readPartitions(table)), [
      { month: '2026-11', end: 1_000_000_000n },
      { month: '2026-12', end: 2_000_000_000n },
      { month: '2027-01', end: 3_000_000_000n },
    ]);
  }
  const [inNovember] = await owner.raw('SELECT COUNT(*) AS count FROM log_entries PARTITION (m2026_11)');
  t.is(Number(inNovember[0].count), 2);
  t.like(await verifyChain(db, { page: 2 }), { ok: true, checked: 5 });
});

test('an event that is delivered again in a later month is not stored twice', async (t) => {
  const { owner, db } = await openLog(t);
  await addMonths(owner, { now: NOVEMBER });
  const event = buildEvent({ time: NOVEMBER.toISOString() });
  const ahead = buildEvent({ time: DECEMBER.toISOString() });
  t.is((await storeEvents(db, [event, ahead], NOVEMBER)).stored, 2);
  const again = await storeEvents(db, [event, ahead, buildEvent({ time: DECEMBER.toISOString() })], DECEMBER);
  t.like(again, { stored: 1, head: 1_000_000_000n });
  t.like(await storeEvents(db, [event, ahead], DECEMBER), { stored: 0, head: 1_000_000_000n });
});

test('a log that was not prepared for a month goes on in the last one, and moves no entry later', async (t) => {
  const { owner, db } = await openLog(t);
  await addMonths(owner, { now: NOVEMBER, ahead: 0 });
  await storeEvents(db, [buildEvent()], NOVEMBER);
  const march = new Date('2027-03-10T00:00:00Z');
  await storeEvents(db, [buildEvent()], march);
  await addMonths(owner, { now: march, ahead: 0 });
  await storeEvents(db, [buildEvent()], march);
  t.deepEqual(await queryOnce(db, readMonths()), [
    { month: '2026-11', first: 0n, exportedAt: null },
    { month: '2027-03', first: 1_000_000_000n, exportedAt: null },
  ]);
  t.deepEqual(
    (await queryOnce(db, readChain(0n, 10))).map(({ sequence }) => sequence),
    [1n, 2n, 1_000_000_000n],
  );
});

test('a change that was interrupted between the two tables is completed', async (t) => {
  const { owner, db } = await openLog(t);
  await owner.raw(`ALTER TABLE log_concerns REORGANIZE PARTITION future INTO
    (PARTITION m2026_11 VALUES LESS THAN (1000000000), PARTITION future VALUES LESS THAN MAXVALUE)`);
  await addMonths(owner, { now: NOVEMBER, ahead: 1 });
  t.deepEqual(
    await queryOnce(db, readPartitions('log_entries')),
    await queryOnce(db, readPartitions('log_concerns')),
  );
});

test('several processes that prepare the log at once, while it is written, add each month once', async (t) => {
  const { owner, db } = await openLog(t);
  let isDone = false;
  let stored = 0;
  const writing = (async () => {
    while (!isDone) stored += (await storeEvents(db, [buildEvent()], DECEMBER)).stored;
  })();
  const added = await Promise.all([1, 2, 3].map(() => addMonths(owner, { now: DECEMBER, ahead: 12 })));
  isDone = true;
  await writing;
  t.deepEqual(added.sort(), [0, 0, 13]);
  t.is((await readEntries(db, ALL_ENTRIES, { order: 'newest first', limit: 10_000 })).length, stored);
  t.like(await verifyChain(db), { ok: true, checked: stored });
});

test('the run-time user can neither drop a month nor change where months begin', async (t) => {
  const { owner, db } = await openLog(t);
  await addMonths(owner, { now: NOVEMBER });
  for (const text of [
    'ALTER TABLE log_entries DROP PARTITION m2026_11',
    'ALTER TABLE log_concerns TRUNCATE PARTITION m2026_11',
    'UPDATE log_months SET first_sequence = 9',
    "INSERT INTO log_months VALUES ('2020-01', 5)",
    'DELETE FROM log_months',
  ])
    await t.throwsAsync(db.raw(text), { message: /denied/ }, text);
});
