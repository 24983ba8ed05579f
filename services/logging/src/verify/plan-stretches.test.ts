import test from 'ava';
import { type Marked, placesFrom, planStretches } from './plan-stretches.ts';

const mark = (sequence: number, checkpoint: number | null = null): Marked => ({
  sequence: BigInt(sequence),
  checkpoint: checkpoint === null ? null : BigInt(checkpoint),
});
const plan = (marked: Marked[], head: number, budget: number) => {
  const { stretches, unread } = planStretches(marked, BigInt(head), budget, placesFrom(0n, []));
  return [stretches.map(({ from, to }) => [Number(from), Number(to)]), Number(unread)];
};

test('in a log that is small enough, everything from the first entry to the end is read', (t) => {
  t.deepEqual(plan([mark(3, 10), mark(5, 10)], 20, 100), [[[3, 20]], 0]);
  t.deepEqual(plan([mark(3), mark(5)], 5, 100), [[[3, 5]], 0]);
  t.deepEqual(plan([], 5, 100), [[], 0]);
});

test('in a large log, each entry is read to its checkpoint, and what lies between is counted', (t) => {
  const far = [mark(1_000, 1_040), mark(900_000, 900_030)];
  t.deepEqual(plan(far, 1_000_000, 100), [
    [
      [1_000, 1_040],
      [900_000, 900_030],
    ],
    900_000 - 1_041 + (1_000_000 - 900_030),
  ]);
});

test('a short gap is read, the earlier one first, and then the rest up to the end', (t) => {
  const marked = [mark(10, 12), mark(20, 22), mark(30, 32)];
  t.deepEqual(plan(marked, 40, 6 + 7), [
    [
      [10, 22],
      [30, 32],
    ],
    7 + 8,
  ]);
  t.deepEqual(plan(marked, 40, 6 + 7 + 7), [[[10, 32]], 8]);
  t.deepEqual(plan(marked, 40, 6 + 7 + 7 + 8), [[[10, 40]], 0]);
});

test('a checkpoint that is too far leaves the entry alone', (t) => {
  t.deepEqual(plan([mark(10, 5_000)], 9_000, 100), [[[10, 10]], 9_000 - 10]);
  t.deepEqual(plan([mark(10), mark(11)], 9_000, 100), [[[10, 11]], 9_000 - 11]);
  t.deepEqual(plan([mark(9_000)], 9_000, 0), [[[9_000, 9_000]], 0]);
});

test('never more than the budget is read besides the entries', (t) => {
  for (let seed = 1; seed < 200; seed += 1) {
    const marked = Array.from({ length: 1 + (seed % 7) }, (_, index) => {
      const sequence = 1 + index * ((seed * 37) % 400) + index;
      return mark(sequence, seed % 3 === 0 ? null : sequence + ((seed * 13) % 90));
    });
    const head = Number(marked.at(-1)?.sequence) + 100 + ((seed * 101) % 2_000);
    const { stretches, unread } = planStretches(marked, BigInt(head), seed, placesFrom(0n, []));
    const read = stretches.reduce((sum, { from, to }) => sum + Number(to - from) + 1, 0);
    t.true(read <= seed + marked.length, `${seed}: ${read}`);
    t.is(read + Number(unread), head - Number(marked[0]?.sequence) + 1, `${seed}`);
    for (const { sequence } of marked)
      t.true(stretches.some(({ from, to }) => from <= sequence && sequence <= to));
  }
});

test('the sequences that a month leaves over are no entries', (t) => {
  const placeOf = placesFrom(5n, [
    { last: 8n, next: 1_000n },
    { last: 1_001n, next: 2_000n },
  ]);
  t.deepEqual([5n, 8n, 1_000n, 1_001n, 2_000n, 2_003n].map(placeOf), [0n, 3n, 4n, 5n, 6n, 9n]);
  t.deepEqual(planStretches([mark(5, 1_001), mark(2_001)], 2_003n, 9, placeOf), {
    stretches: [{ from: 5n, to: 2_003n }],
    unread: 0n,
  });
});
