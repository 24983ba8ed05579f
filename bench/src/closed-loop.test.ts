import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { runClosedLoop } from './closed-loop.ts';

test('with a rate, calls are started evenly, and no more of them', async (t) => {
  const startedAt: number[] = [];
  const call = async () => {
    startedAt.push(performance.now());
    return 1;
  };
  const beganAt = performance.now();
  const { done, seconds } = await runClosedLoop([call, call], 0.5, 20);
  // A busy machine starts some of them too late, and none too early, except that timers end up to a millisecond before their time: that of the eleventh is the end.
  t.true(done > 2 && done <= 11, String(done));
  t.is(done, startedAt.length);
  t.true(seconds < 5);
  for (const [index, at] of startedAt.entries())
    t.true(at - beganAt > index * 50 - 5, `${index}: ${at - beganAt}`);
});

test('without a rate, each worker calls again at once', async (t) => {
  const call = async () => {
    await sleep(5);
    return 1;
  };
  const { done } = await runClosedLoop([call, call], 0.5);
  t.true(done > 10, String(done));
});
