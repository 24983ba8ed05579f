import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { newId } from '@guichet/database';
import { publicKeysOf } from '@guichet/log-checkpoints';
import { type KnexDatabase, testDatabase } from '@guichet/testing';
import anyTest, { type ExecutionContext, type TestFn } from 'ava';
import { signEnd } from '../checkpoints/sign-end.ts';
import { buildEvent, MIGRATIONS, newCheckpointKeys } from '../fixtures.ts';
import { storeEvents } from '../intake/store-events.ts';
import { addMonths } from '../months/add-months.ts';
import { dropMonth } from '../months/drop-month.ts';
import { exportMonth } from '../months/export-month.ts';
import { verifyExport } from '../months/verify-export.ts';
import { verifyChain } from './verify-chain.ts';

// The heap of this process has no other work meanwhile.
const test = anyTest.serial as TestFn;

const BATCH = 500;
const SMALL = 2_000;
/** Less than 300 bytes for each more entry. */
const LITTLE_BYTES = 1_500_000;
const MONTH = '2026-03';
const keys = newCheckpointKeys();
const clock = () => new Date('2026-04-02T12:00:00Z');

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** A log whose entries are all failed sign-ins from other addresses in one hour of a month that has ended. */
async function logOf(t: ExecutionContext, count: number): Promise<KnexDatabase> {
  const { db, drop } = await testDatabase({ migrations: MIGRATIONS, pool: 2 });
  t.teardown(drop);
  const march = new Date('2026-03-29T10:30:00Z');
  await addMonths(db, { now: march, ahead: 2 });
  for (let from = 0; from < count; from += BATCH) {
    await storeEvents(
      db,
      Array.from({ length: BATCH }, (_, index) =>
        buildEvent({
          time: march.toISOString(),
          service: 'auth',
          action: 'LOGIN_FAILED',
          level: 'WARNING',
          correlation_id: newId(),
          data: { ip: `2001:db8::${(from + index).toString(16)}` },
        }),
      ),
      march,
    );
  }
  await storeEvents(db, [buildEvent({ time: clock().toISOString() })], clock());
  await signEnd({ db, keys, clock });
  return db;
}

/** The most memory that objects in use need while `work` runs, in bytes. Measuring takes a fifth of the time at most. */
async function mostInUse(work: () => Promise<unknown>): Promise<number> {
  let most = 0;
  let next: NodeJS.Timeout | undefined;
  const measure = () => {
    const began = performance.now();
    collect();
    // Buffers of streams come and go, but what keeps one is an object.
    most = Math.max(most, process.memoryUsage().heapUsed);
    next = setTimeout(measure, 4 * (performance.now() - began));
  };
  measure();
  try {
    await work();
  } finally {
    clearTimeout(next);
  }
  return most;
}

test('verifying, exporting and dropping take as much memory for few entries as for four times as many', async (t) => {
  const small = await logOf(t, SMALL);
  const large = await logOf(t, 4 * SMALL);
  const folder = await mkdtemp(join(tmpdir(), 'guichet-memory-'));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const published = publicKeysOf(keys.published);
  const folderOf = (db: KnexDatabase) => join(folder, db === small ? 'small' : 'large');
  const works: Record<string, (db: KnexDatabase) => Promise<unknown>> = {
    verify: async (db) => t.like(await verifyChain(db, { keys: published }), { ok: true }),
    export: (db) => exportMonth({ db, keys, clock }, MONTH, folderOf(db)),
    'verify-export': async (db) =>
      t.like(await verifyExport(join(folderOf(db), `guichet-log-${MONTH}.ndjson.gz`), published), {
        fault: null,
      }),
    drop: async (db) => {
      await signEnd({ db, keys, clock });
      await dropMonth({ db, keys, clock, retentionMonths: 0 }, MONTH, folderOf(db));
    },
  };
  for (const [name, work] of Object.entries(works)) {
    // What is compiled or cached once is counted for neither of them.
    if (name.startsWith('verify')) await work(small);
    const [few, many] = [await mostInUse(() => work(small)), await mostInUse(() => work(large))];
    t.log(`${name}: ${(few / 1e6).toFixed(1)} MB, ${(many / 1e6).toFixed(1)} MB`);
    t.true(many - few < LITTLE_BYTES, `${name}: ${many - few} bytes more`);
  }
});
