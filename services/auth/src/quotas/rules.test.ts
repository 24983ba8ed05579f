import test from 'ava';
import fc from 'fast-check';
import { countUse } from './rules.ts';

const quota = { limit: 3, windowMs: 1_000 };

test('the limit applies to any span of the window, and the result has the seconds until the next use', (t) => {
  let moments: number[] = [];
  for (const now of [0, 100, 200]) {
    const use = countUse(moments, now, quota);
    t.is(use.retryAfterSeconds, null);
    moments = use.moments;
  }
  t.deepEqual(countUse(moments, 300, quota), { moments: [0, 100, 200], retryAfterSeconds: 1 });
  t.deepEqual(countUse(moments, 1_000, quota), { moments: [100, 200, 1_000], retryAfterSeconds: null });
});

test('property: no span of the window contains more uses than the limit', (t) => {
  t.notThrows(() =>
    fc.assert(
      fc.property(fc.array(fc.nat(2_000), { maxLength: 50 }), (steps) => {
        const taken: number[] = [];
        let moments: number[] = [];
        let now = 0;
        for (const step of steps) {
          now += step;
          const use = countUse(moments, now, quota);
          moments = use.moments;
          if (use.retryAfterSeconds === null) taken.push(now);
        }
        return taken.every(
          (moment) => taken.filter((other) => other > moment - 1_000 && other <= moment).length <= 3,
        );
      }),
    ),
  );
});
