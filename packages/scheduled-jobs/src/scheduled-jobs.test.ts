import { setTimeout as sleep } from 'node:timers/promises';
import { createLeasesTable, type Lease } from '@guichet/database';
import { silentLog } from '@guichet/log';
import { eventually, testDatabase } from '@guichet/testing';
import test from 'ava';
import { scheduleJob } from './schedule-job.ts';
import { claimJob, createScheduledJobsTable, lastRun, releaseJob } from './store.ts';

async function schema() {
  const { db, drop } = await testDatabase();
  await createScheduledJobsTable(db);
  await createLeasesTable(db);
  return { db, drop };
}

test('one replica runs a job that is due, and all can read its outcome', async (t) => {
  const { db, drop } = await schema();
  let times = 0;
  const replica = () =>
    scheduleJob({
      db,
      log: silentLog,
      name: 'sums',
      everySeconds: 3_600,
      work: async () => {
        times += 1;
        await sleep(50);
        return { ok: true, times };
      },
    });
  const replicas = [replica(), replica(), replica()];
  const done = await eventually(() => lastRun<{ ok: boolean }>(db, 'sums'));
  t.deepEqual(done.outcome, { ok: true, times: 1 } as never);
  t.true(done.seconds >= 0.04 && done.seconds < 5);
  t.true(Math.abs(done.finishedAt.getTime() - Date.now()) < 60_000);
  await Promise.all(replicas.map((one) => one.stop()));
  t.is(times, 1);
  await drop();
});

test('a job runs again when it is due, and pauses in proportion to its run', async (t) => {
  const { db, drop } = await schema();
  const begun: number[] = [];
  const job = scheduleJob({
    db,
    log: silentLog,
    name: 'sums',
    everySeconds: 0.05,
    restFactor: 5,
    work: async () => {
      begun.push(performance.now());
      await sleep(60);
    },
  });
  await eventually(() => begun.length >= 3);
  await job.stop();
  const [first = 0, second = 0] = begun;
  t.true(second - first >= 60 * 6 - 5, `${second - first} ms from one to the next`);
  await drop();
});

test('a run that fails keeps the last outcome, and is tried again', async (t) => {
  const { db, drop } = await schema();
  const lastOutcomes: unknown[] = [];
  const job = scheduleJob({
    db,
    log: silentLog,
    name: 'sums',
    everySeconds: 0.05,
    work: async () => {
      const run = lastOutcomes.push((await lastRun(db, 'sums'))?.outcome);
      if (run === 2) throw new Error('the database is down');
      return run;
    },
  });
  await eventually(() => lastOutcomes.length >= 4);
  await job.stop();
  t.deepEqual(lastOutcomes.slice(0, 4), [undefined, 1, 1, 3]);
  await drop();
});

test('a replica that dies loses the job when its claim expires; one that stops releases it at once', async (t) => {
  const { db, drop } = await schema();
  const dead = (await claimJob(db, 'sums', 'dead', 60)) as Lease;
  t.truthy(dead);
  t.is(await claimJob(db, 'sums', 'other', 60), null);
  // Expires now, not after a short claim: on a loaded machine that would be over before the line above.
  await db('leases').update({ expires_at: db.fn.now(3) });
  const other = (await claimJob(db, 'sums', 'other', 60)) as Lease;
  t.truthy(other);
  await releaseJob(db, 'sums', dead, { restSeconds: 0, run: { seconds: 1, outcome: 'late' } });
  t.is(await claimJob(db, 'sums', 'third', 60), null, 'a replica that lost it cannot release it');
  await releaseJob(db, 'sums', other, { restSeconds: 0 });
  t.truthy(await claimJob(db, 'sums', 'third', 60));
  t.is(await lastRun(db, 'sums'), null);
  await drop();
});
