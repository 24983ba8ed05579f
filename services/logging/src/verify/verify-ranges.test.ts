import { newId, queryOnce } from '@guichet/database';
import { publicKeysOf, signCheckpoint } from '@guichet/log-checkpoints';
import { eventually, testDatabase } from '@guichet/testing';
import anyTest, { type TestFn } from 'ava';
import { signEnd } from '../checkpoints/sign-end.ts';
import { insertCheckpoint, readNewest } from '../checkpoints/store.ts';
import { readChain } from '../entries/store.ts';
import { buildEvent, MIGRATIONS, newCheckpointKeys } from '../fixtures.ts';
import { chainHash, GENESIS_HASH } from '../intake/chain.ts';
import { storeEvents } from '../intake/store-events.ts';
import { addMonths } from '../months/add-months.ts';
import { planRanges } from './plan-ranges.ts';
import { verifyChain } from './verify-chain.ts';
import { verifyRange } from './verify-range.ts';
import { type Threads, threadsFor } from './verify-threads.ts';

// One log is broken and put right again in turn.
const test = anyTest.serial as TestFn;

const DECEMBER = 1_000_000_000n;
const TABLES = ['log_entries', 'log_concerns', 'log_checkpoints', 'log_chain'];
const keys = newCheckpointKeys();
const clock = () => new Date('2026-11-29T10:00:00Z');

const { db, settings, drop } = await testDatabase({ migrations: MIGRATIONS, pool: 4 });
test.after.always(() => drop());
const roomy = { cores: 2, memoryBytes: 0 };
const threads = threadsFor(settings, roomy);
/** The same without threads, which take a second to start. */
const inTurn: Threads = {
  count: 2,
  open: (shared) => ({
    verify: ({ range, kept }) => verifyRange(db, range, { ...shared, kept }),
    end: async () => undefined,
  }),
};

/** Entries 1 to 150 of November with checkpoints at 75 and 150, and five of December. */
test.before(async () => {
  await addMonths(db, { now: clock(), ahead: 2 });
  const person = { id: newId(), username: 'ann', role: 'agent' as const };
  const event = () => buildEvent({ actor: person, concerns: [newId()], data: { amount: 1_000 } });
  for (let batch = 0; batch < 2; batch += 1) {
    await storeEvents(db, Array.from({ length: 75 }, event), clock());
    await signEnd({ db, keys, clock });
  }
  await storeEvents(db, Array.from({ length: 5 }, event), new Date('2026-12-01T10:00:00Z'));
  for (const table of TABLES) {
    for (const verb of ['update', 'delete']) await db.raw(`DROP TRIGGER IF EXISTS ${table}_no_${verb}`);
    await db.raw(`CREATE TABLE copy_of_${table} AS SELECT * FROM ${table}`);
  }
});

test.afterEach.always(async () => {
  for (const table of TABLES) {
    await db.raw(`DELETE FROM ${table}`);
    await db.raw(`INSERT INTO ${table} SELECT * FROM copy_of_${table}`);
  }
});

const options = { keys: publicKeysOf(keys.published), page: 16 };
const inRanges = (more: Parameters<typeof verifyChain>[1] = {}) =>
  verifyChain(db, { ...options, threads: inTurn, rangeSize: 32, ...more });
const inThreads: typeof inRanges = (more) => inRanges({ threads, ...more });

test('the ranges of a chain follow each other, end where blocks of words do, and go on in the next month', async (t) => {
  const begin = { sequence: 0n, hash: GENESIS_HASH };
  const ranges = await Array.fromAsync(planRanges(db, { begin, head: DECEMBER + 4n, size: 32 }));
  t.deepEqual(
    ranges.map(({ begin, end }) => [begin.sequence, end]),
    [
      [0n, 32n],
      [32n, 63n],
      [63n, 95n],
      [95n, 127n],
      [127n, 150n],
      [150n, DECEMBER + 4n],
    ],
  );
  const hashes = new Map(
    (await queryOnce(db, readChain(0n, 200))).map(({ sequence, hash }) => [sequence, hash]),
  );
  for (const { begin: one } of ranges.slice(1)) t.deepEqual(one.hash, hashes.get(one.sequence));
});

test('an intact chain is intact in threads too, with the same numbers', async (t) => {
  const kept = await queryOnce(db, readNewest(10));
  const found = await inThreads({ kept });
  t.like(found, { ok: true, checked: 155, checkpoints: 2 });
  t.deepEqual(found, await verifyChain(db, { ...options, kept }));
});

const sqlOf: Record<string, (at: bigint) => string> = {
  changed: (at) => `UPDATE log_entries SET message = 'x' WHERE sequence = ${at}`,
  'given another hash': (at) => `UPDATE log_entries SET hash = REPEAT('x', 32) WHERE sequence = ${at}`,
  removed: (at) => `DELETE FROM log_entries WHERE sequence = ${at}`,
  'hidden from a reader': (at) => `DELETE FROM log_concerns WHERE sequence = ${at}`,
  'removed with all behind it': (at) => `DELETE FROM log_entries WHERE sequence >= ${at}`,
};

for (const [what, sql] of Object.entries(sqlOf)) {
  test(`an entry at either side of a border between ranges that is ${what} is found as without ranges`, async (t) => {
    for (const at of [63n, 64n, DECEMBER]) {
      await db.raw(sql(at));
      const found = await inRanges();
      t.is(found.ok, false);
      t.deepEqual(found, await verifyChain(db, options), `${at}`);
      for (const table of ['log_entries', 'log_concerns']) {
        await db.raw(`DELETE FROM ${table}`);
        await db.raw(`INSERT INTO ${table} SELECT * FROM copy_of_${table}`);
      }
    }
  });
}

test('entries that were swapped across a border are found', async (t) => {
  await db.raw('UPDATE log_entries SET sequence = 99999 WHERE sequence = 63');
  await db.raw('UPDATE log_entries SET sequence = 63 WHERE sequence = 64');
  await db.raw('UPDATE log_entries SET sequence = 64 WHERE sequence = 99999');
  t.like(await inRanges(), { ok: false, firstBreak: 63n, checked: 62 });
});

test('of breaks in several ranges, the first in the order of the chain is reported', async (t) => {
  for (const at of [140, 90, 40]) await db.raw(sqlOf.changed?.(BigInt(at)) ?? '');
  t.like(await inRanges(), { ok: false, firstBreak: 40n, checked: 39 });
});

test('a chain that was rewritten contradicts a checkpoint in a later range, and the newest that it agrees with is named', async (t) => {
  const kept = await queryOnce(db, readNewest(10));
  await db.raw("UPDATE log_entries SET correlation_id = 'x' WHERE sequence = 100");
  let hash: Buffer = GENESIS_HASH;
  for (const entry of await queryOnce(db, readChain(0n, 200))) {
    hash = chainHash(hash, entry);
    await db.raw('UPDATE log_entries SET hash = ? WHERE sequence = ?', [hash, String(entry.sequence)]);
  }
  await db.raw('UPDATE log_chain SET hash = ?', [hash]);
  const found = await inThreads({ kept });
  t.like(found, { ok: false, firstBreak: 150n, checkpoints: 1 });
  t.regex(found.reason ?? '', /rewritten after entry 75: entry 150 is not the one that was signed/);
  await db.raw('DELETE FROM log_checkpoints');
  t.deepEqual(await inRanges({ kept }), found, 'with only those that were kept');
  t.like(await inRanges(), { ok: true }, 'without them');
  const witnessed = { sequence: 120n, hash: Buffer.alloc(32) };
  t.like(await inRanges({ witnessed }), { ok: false, firstBreak: 120n, reason: 'the chain was rewritten' });
});

test('a checkpoint of another signer is found in its range', async (t) => {
  const stranger = newCheckpointKeys();
  const forged = signCheckpoint(stranger.signer, { sequence: 90n, hash: GENESIS_HASH, time: clock() });
  await queryOnce(db, insertCheckpoint(forged));
  t.like(await inThreads(), {
    ok: false,
    firstBreak: 90n,
    reason: 'a checkpoint was not signed by the bank',
  });
});

test('when the caller goes, the threads end although the database has not answered', async (t) => {
  const gone = new AbortController();
  await db.transaction(async (locking) => {
    // Only ranges read this table.
    await locking.raw('LOCK TABLES log_hours WRITE');
    const verifying = inThreads({ signal: gone.signal });
    verifying.catch(() => undefined);
    const waiting = async () => {
      const [rows] = await locking.raw('SHOW PROCESSLIST');
      return (rows as { State: string | null }[]).some(({ State }) => State?.includes('lock') ?? false);
    };
    await eventually(waiting).finally(() => gone.abort(new Error('the caller has gone')));
    await t.throwsAsync(verifying, { message: 'the caller has gone' });
    await locking.raw('UNLOCK TABLES');
  });
});

test('a thread that cannot reach the database fails the verification', async (t) => {
  const unreachable = threadsFor({ ...settings, DATABASE_PASSWORD: 'another' }, roomy);
  await t.throwsAsync(inThreads({ threads: unreachable }));
});

test('there are no threads where there is one core or little memory, and few where there is much', (t) => {
  t.is(threadsFor(settings, { ...roomy, cores: 1 }), null);
  t.is(threadsFor(settings, { ...roomy, memoryBytes: 384 * 1024 * 1024 }), null);
  t.is(threadsFor(settings, { cores: 64, memoryBytes: 2 ** 32 })?.count, 2);
});

test('a changed number of the charts is found beside ranges, after every fault of an entry', async (t) => {
  await db.raw('UPDATE log_counts SET quarter_1 = quarter_1 + 1');
  try {
    const miscounted = 'the numbers of entries in the charts were changed';
    t.like(await inRanges(), { ok: false, checked: 155, reason: miscounted });
    await db.raw("UPDATE log_entries SET message = 'changed' WHERE sequence = 140");
    t.like(await inRanges(), { ok: false, firstBreak: 140n, reason: 'an entry or its hash was changed' });
  } finally {
    await db.raw('UPDATE log_counts SET quarter_1 = quarter_1 - 1');
  }
});
