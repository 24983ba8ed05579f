import test from 'ava';
import { type Marked, planStretches } from './plan-stretches.ts';

const mark = (sequence: number, checkpoint: number | null = null): Marked => ({
  sequence: BigInt(sequence),
  checkpoint: checkpoint === null ? null : BigInt(checkpoint),
});
const plan = (marked: Marked[], head: number, budget: number) => {
  const { stretches, unread } = planStretches(marked, BigInt(head), budget);
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

test('a checkpoint that is too far leaves the entry with its neighbour', (t) => {
  t.deepEqual(plan([mark(10, 5_000)], 9_000, 100), [[[10, 11]], 9_000 - 11]);
  t.deepEqual(plan([mark(10), mark(11)], 9_000, 100), [[[10, 12]], 9_000 - 12]);
  t.deepEqual(plan([mark(9_000)], 9_000, 0), [[[9_000, 9_000]], 0]);
});

test('never more than the budget is read besides the entries and their neighbours', (t) => {
  for (let seed = 1; seed < 200; seed += 1) {
    const marked = Array.from({ length: 1 + (seed % 7) }, (_, index) => {
      const sequence = 1 + index * ((seed * 37) % 400) + index;
      return mark(sequence, seed % 3 === 0 ? null : sequence + ((seed * 13) % 90));
    });
    const head = Number(marked.at(-1)?.sequence) + 100 + ((seed * 101) % 2_000);
    const { stretches, unread } = planStretches(marked, BigInt(head), seed);
    const read = stretches.reduce((sum, { from, to }) => sum + Number(to - from) + 1, 0);
    t.true(read <= seed + 2 * marked.length, `${seed}: ${read}`);
    t.is(read + Number(unread), head - Number(marked[0]?.sequence) + 1, `${seed}`);
    for (const { sequence } of marked)
      t.true(stretches.some(({ from, to }) => from <= sequence && sequence <= to));
  }
});
