import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import test from 'ava';
import fc from 'fast-check';
import { type Batcher, createBatcher, QueueFullError } from './index.ts';

/** A batcher whose runs end when the test ends them. */
function gated({ maxBatch = 10, maxWaiting = 100, maxRunning = 1 } = {}) {
  const batches: (readonly number[])[] = [];
  const gates: { open(): void; fail(error: Error): void }[] = [];
  const batcher: Batcher<number, string> = createBatcher({
    maxBatch,
    maxWaiting,
    maxRunning,
    run: (items) => {
      batches.push(items);
      return new Promise((resolve, reject) => {
        gates.push({ open: () => resolve(items.map((item) => `did ${item}`)), fail: reject });
      });
    },
  });
  return { batcher, batches, gates };
}

test('a lone item runs at once and does not wait for others', async (t) => {
  const { batcher, batches, gates } = gated();
  const outcome = batcher.submit(1);
  await turn();
  await turn();
  t.deepEqual(batches, [[1]]);
  gates[0]?.open();
  t.is(await outcome, 'did 1');
});

test('items that arrive while a batch runs form the next batch, in order', async (t) => {
  const { batcher, batches, gates } = gated();
  const outcomes = [batcher.submit(1)];
  await turn();
  await turn();
  for (const item of [2, 3, 4]) outcomes.push(batcher.submit(item));
  await sleep(5);
  t.is(batches.length, 1);
  t.is(batcher.waiting, 3);
  gates[0]?.open();
  await outcomes[0];
  await turn();
  gates[1]?.open();
  t.deepEqual(await Promise.all(outcomes), ['did 1', 'did 2', 'did 3', 'did 4']);
  t.deepEqual(batches, [[1], [2, 3, 4]]);
});

test('at most maxRunning batches run at once, and the batcher is idle when the last has ended', async (t) => {
  const { batcher, batches, gates } = gated({ maxRunning: 2 });
  const outcomes: Promise<string>[] = [];
  for (const item of [1, 2, 3, 4]) {
    outcomes.push(batcher.submit(item));
    await turn();
    await turn();
  }
  t.deepEqual(batches, [[1], [2]]);
  let isIdle = false;
  const idle = batcher.idle().then(() => {
    isIdle = true;
  });
  gates[1]?.open();
  t.is(await outcomes[1], 'did 2');
  await turn();
  t.deepEqual(batches, [[1], [2], [3, 4]]);
  gates[2]?.open();
  await Promise.all([outcomes[2], outcomes[3]]);
  await turn();
  t.false(isIdle, 'the first still runs');
  gates[0]?.open();
  await idle;
  t.is(await outcomes[0], 'did 1');
});

test('the next batch starts in parallel as soon as it is as large as the running one, and not before', async (t) => {
  const { batcher, batches, gates } = gated({ maxRunning: 2 });
  const outcomes = [1, 2, 3].map((item) => batcher.submit(item));
  await turn();
  await turn();
  for (const item of [4, 5]) outcomes.push(batcher.submit(item));
  await sleep(5);
  t.deepEqual(batches, [[1, 2, 3]]);
  outcomes.push(batcher.submit(6));
  await sleep(5);
  t.deepEqual(batches, [
    [1, 2, 3],
    [4, 5, 6],
  ]);
  outcomes.push(batcher.submit(7));
  gates[0]?.open();
  await outcomes[0];
  await sleep(5);
  t.is(batches.length, 2);
  gates[1]?.open();
  await outcomes[3];
  await sleep(5);
  t.deepEqual(batches.at(-1), [7]);
  gates[2]?.open();
  t.is((await Promise.all(outcomes)).length, 7);
});

test('each caller gets the outcome of its own item, however items are batched', async (t) => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.integer(), fc.nat(2)), { maxLength: 60 }),
      fc.integer({ min: 1, max: 7 }),
      async (items, maxBatch) => {
        const seen: number[] = [];
        const batcher = createBatcher<number, number>({
          maxBatch,
          maxWaiting: 1_000,
          run: async (batch) => {
            t.true(batch.length >= 1 && batch.length <= maxBatch);
            seen.push(...batch);
            return batch.map((item) => item + 1);
          },
        });
        const outcomes: Promise<number>[] = [];
        for (const [item, turns] of items) {
          for (let index = 0; index < turns; index += 1) await turn();
          outcomes.push(batcher.submit(item));
        }
        t.deepEqual(
          await Promise.all(outcomes),
          items.map(([item]) => item + 1),
        );
        t.deepEqual(
          seen,
          items.map(([item]) => item),
        );
      },
    ),
    { numRuns: 30 },
  );
});

test('a full queue refuses an item, and accepts again when it has drained', async (t) => {
  const { batcher, gates } = gated({ maxWaiting: 2 });
  const first = batcher.submit(1);
  await turn();
  await turn();
  const waiting = [batcher.submit(2), batcher.submit(3)];
  await t.throwsAsync(batcher.submit(4), { instanceOf: QueueFullError, name: 'QueueFullError' });
  gates[0]?.open();
  await first;
  const later = batcher.submit(5);
  gates[1]?.open();
  await Promise.all(waiting);
  await turn();
  gates[2]?.open();
  t.is(await later, 'did 5');
});

test('a run that fails rejects its own batch and no other', async (t) => {
  const { batcher, gates } = gated({ maxBatch: 2 });
  const outcomes = [1, 2, 3].map((item) => batcher.submit(item));
  const settled = Promise.allSettled(outcomes);
  await turn();
  await turn();
  gates[0]?.fail(new Error('broken'));
  await Promise.allSettled(outcomes.slice(0, 2));
  await turn();
  gates[1]?.open();
  t.deepEqual(
    (await settled).map(({ status }) => status),
    ['rejected', 'rejected', 'fulfilled'],
  );
});

test('a run that throws synchronously, or omits an outcome, rejects every caller', async (t) => {
  const throws = createBatcher<number, number>({
    maxBatch: 5,
    maxWaiting: 5,
    run: () => {
      throw new Error('at once');
    },
  });
  await t.throwsAsync(throws.submit(1), { message: 'at once' });
  await t.throwsAsync(throws.submit(2), { message: 'at once' });
  const forgets = createBatcher<number, number>({ maxBatch: 5, maxWaiting: 5, run: async () => [] });
  await t.throwsAsync(forgets.submit(1), { message: /one outcome for each item/ });
});

test('idle resolves when the last item is done, and at once if there is none', async (t) => {
  const { batcher, gates } = gated();
  await batcher.idle();
  const outcome = batcher.submit(1);
  let idle = false;
  const wait = batcher.idle().then(() => {
    idle = true;
  });
  await turn();
  await turn();
  await sleep(5);
  t.false(idle);
  gates[0]?.open();
  await outcome;
  await wait;
  t.true(idle);
  t.is(batcher.waiting, 0);
});
