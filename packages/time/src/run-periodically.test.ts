import { type Log, silentLog } from '@guichet/log';
import test from 'ava';
import { runPeriodically, sleep } from './index.ts';

test('work runs immediately, and again after each pause, until it is stopped', async (t) => {
  let times = 0;
  const periodic = runPeriodically({
    name: 'count',
    log: silentLog,
    everyMs: 10,
    work: async () => {
      times += 1;
    },
  });
  t.is(times, 1);
  while (times < 3) await sleep(5);
  await periodic.stop();
  const stopped = times;
  await sleep(50);
  t.is(times, stopped);
});

test('failed work is retried; the first of several failures in a row is logged', async (t) => {
  const warnings: object[] = [];
  const log = { warn: (fields: object) => warnings.push(fields) } as unknown as Pick<Log, 'warn'>;
  let times = 0;
  const periodic = runPeriodically({
    name: 'fail',
    log,
    everyMs: 5,
    work: async () => {
      times += 1;
      if (times !== 3) throw new Error(`failure ${times}`);
    },
  });
  while (times < 6) await sleep(5);
  await periodic.stop();
  t.deepEqual(
    warnings.map((fields) => (fields as { err: Error }).err.message),
    ['failure 1', 'failure 4'],
  );
  t.like(warnings[0], { job: 'fail' });
});

test('a stop aborts the work and waits for it', async (t) => {
  let ended = false;
  const periodic = runPeriodically({
    name: 'wait',
    log: silentLog,
    everyMs: 10,
    work: async (signal) => {
      await sleep(60_000, signal);
      ended = true;
    },
  });
  await periodic.stop();
  t.true(ended);
});

test('a stop does not wait long for work that cannot be aborted', async (t) => {
  const periodic = runPeriodically({
    name: 'hang',
    log: silentLog,
    everyMs: 10,
    work: () => new Promise(() => undefined),
  });
  const began = performance.now();
  await periodic.stop();
  t.true(performance.now() - began < 20_000);
});

test('a sleep ends when it is aborted, even before it began', async (t) => {
  const began = performance.now();
  await sleep(60_000, AbortSignal.timeout(10));
  await sleep(60_000, AbortSignal.abort());
  t.true(performance.now() - began < 30_000);
});
