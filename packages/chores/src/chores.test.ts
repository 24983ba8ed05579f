import { setTimeout as sleep } from 'node:timers/promises';
import { silentLog } from '@guichet/log';
import { eventually, testDatabase } from '@guichet/testing';
import test from 'ava';
import { keepDoing } from './keep-doing.ts';
import { claim, createChoresTable, giveBack, lastDone } from './store.ts';

async function schema() {
  const { db, drop } = await testDatabase();
  await createChoresTable(db);
  return { db, drop };
}

test('a chore that is due is done by one replica, and its outcome is there for all', async (t) => {
  const { db, drop } = await schema();
  let times = 0;
  const replica = () =>
    keepDoing({
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
  const done = await eventually(() => lastDone<{ ok: boolean }>(db, 'sums'));
  t.deepEqual(done.outcome, { ok: true, times: 1 } as never);
  t.true(done.seconds >= 0.04 && done.seconds < 5);
  t.true(Math.abs(done.finishedAt.getTime() - Date.now()) < 60_000);
  await Promise.all(replicas.map((one) => one.stop()));
  t.is(times, 1);
  await drop();
});

test('it is done again when its time has come, and rests in proportion to its work', async (t) => {
  const { db, drop } = await schema();
  const begun: number[] = [];
  const chore = keepDoing({
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
  await chore.stop();
  const [first = 0, second = 0] = begun;
  t.true(second - first >= 60 * 6 - 5, `${second - first} ms from one to the next`);
  await drop();
});

test('one that fails keeps what the last one found, and is tried again', async (t) => {
  const { db, drop } = await schema();
  let times = 0;
  const chore = keepDoing({
    db,
    log: silentLog,
    name: 'sums',
    everySeconds: 0.05,
    work: async () => {
      times += 1;
      if (times === 2) throw new Error('the database went away');
      return times;
    },
  });
  await eventually(async () => ((await lastDone(db, 'sums'))?.outcome === 3 ? true : null));
  await chore.stop();
  t.true(times >= 3);
  await drop();
});

test('a replica that dies at it loses it when its claim lapses; one that stops gives it back at once', async (t) => {
  const { db, drop } = await schema();
  t.true(await claim(db, 'sums', 'dead', 0.3));
  t.false(await claim(db, 'sums', 'other', 60));
  t.true(await eventually(() => claim(db, 'sums', 'other', 60)));
  await giveBack(db, 'sums', 'dead', 0);
  t.false(await claim(db, 'sums', 'third', 60), 'whoever lost it cannot give it back');
  await giveBack(db, 'sums', 'other', 0);
  t.true(await claim(db, 'sums', 'third', 60));
  t.is(await lastDone(db, 'sums'), null);
  await drop();
});
