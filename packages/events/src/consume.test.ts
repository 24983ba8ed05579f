import { setTimeout as sleep } from 'node:timers/promises';
import { silentLog } from '@guichet/log';
import { eventually, startTestNats, testBroker } from '@guichet/testing';
import test from 'ava';
import { consumeBatches, followLatest } from './consume.ts';
import type { DeadLetters } from './dead-letters.ts';
import type { Received } from './received.ts';
import { ensureDurable } from './streams.ts';

const nats = await startTestNats();
const broker = await testBroker(nats, ['LOG', 'USERS', 'REVOCATIONS']);
test.after.always(async () => {
  await broker.close();
  await nats.remove();
});
test.afterEach.always(async () => {
  const { manager } = await broker.whenReady();
  for (const stream of ['LOG', 'USERS']) {
    for await (const { name } of manager.consumers.list(stream)) await deleteConsumer(stream, name);
    await manager.streams.purge(stream);
  }
});

/** The server may still be writing the consumer's state, and then fails to remove its folder; the next try finds nothing to delete. */
async function deleteConsumer(stream: string, name: string): Promise<void> {
  const { manager } = await broker.whenReady();
  await eventually(() =>
    manager.consumers.delete(stream, name).then(
      () => true,
      (error: { code?: string }) => error.code === '404',
    ),
  );
}

let published = 0;
async function publish(texts: readonly string[], subject = 'log.system.info'): Promise<void> {
  await Promise.all(
    texts.map((text) => {
      published += 1;
      return broker.publish({ id: `m${published}`, subject, payload: Buffer.from(text) });
    }),
  );
}
const numbers = (count: number, prefix = '') =>
  Array.from({ length: count }, (_, index) => `${prefix}${index}`);
const text = ({ data }: Received) => Buffer.from(data).toString();

/** Remembers the messages that it received, and acknowledges them. */
function keeper() {
  const taken: string[] = [];
  return {
    taken,
    onBatch: async (batch: readonly Received[]) => {
      for (const message of batch) {
        taken.push(text(message));
        message.ack();
      }
    },
  };
}
const log = silentLog;

async function addDurable(name: string, ackWaitMs = 30_000): Promise<void> {
  const { manager } = await broker.whenReady();
  await ensureDurable(manager, 'LOG', name, { ack_wait: ackWaitMs * 1_000_000 });
}

/** All errors here are transient; dead-letters.test.ts tests the others. */
const plain = {
  parse: text,
  deadLetters: { keep: async () => undefined, isTransient: () => true } satisfies DeadLetters,
};

test.serial(
  'all messages of a stream arrive in order, in batches of at most the requested size',
  async (t) => {
    await addDurable('one');
    await publish(numbers(250));
    const { taken, onBatch } = keeper();
    const sizes: number[] = [];
    const consumption = consumeBatches({
      broker,
      stream: 'LOG',
      durable: 'one',
      log,
      ...plain,
      maxBatch: 40,
      onBatch: async (batch) => {
        sizes.push(batch.length);
        t.truthy(batch[0]?.id);
        await onBatch(batch);
      },
    });
    await eventually(() => taken.length === 250);
    t.deepEqual(taken, numbers(250));
    t.true(Math.max(...sizes) <= 40);
    await consumption.stop();
  },
);

test.serial('a message is delivered again until it is acknowledged, and never after that', async (t) => {
  await addDurable('again', 300);
  await publish(['a', 'b', 'c']);
  const seen: [string, number][] = [];
  const consumption = consumeBatches({
    broker,
    stream: 'LOG',
    durable: 'again',
    log,
    ...plain,
    onBatch: async (batch) => {
      for (const message of batch) {
        seen.push([text(message), message.deliveries]);
        if (text(message) === 'a') message.ack();
        else if (text(message) === 'b' && message.deliveries >= 3) message.ack();
        else if (text(message) === 'b') message.retryAfter(50);
        else if (message.deliveries >= 2) message.ack();
      }
    },
  });
  await eventually(() => seen.filter(([name]) => name === 'c').length === 2);
  await sleep(500);
  const deliveries = (name: string) => seen.filter(([of]) => of === name).map(([, delivery]) => delivery);
  t.deepEqual(deliveries('a'), [1]);
  t.deepEqual(deliveries('b'), [1, 2, 3]);
  t.deepEqual(deliveries('c'), [1, 2]);
  await consumption.stop();
});

test.serial('a batch that fails is retried as a whole, before any later message', async (t) => {
  await addDurable('fails');
  await publish(numbers(5));
  const batches: string[][] = [];
  const { taken, onBatch } = keeper();
  const consumption = consumeBatches({
    broker,
    stream: 'LOG',
    durable: 'fails',
    log,
    ...plain,
    onBatch: async (batch) => {
      batches.push(batch.map(text));
      if (batches.length < 3) throw new Error('the database is down');
      await onBatch(batch);
    },
  });
  await eventually(() => batches.length >= 1);
  await publish(['later']);
  await eventually(() => taken.includes('later'));
  t.deepEqual(batches[1], batches[0]);
  t.deepEqual(batches[2], batches[0]);
  t.deepEqual(taken, [...numbers(5), 'later']);
  await consumption.stop();
});

test.serial('replicas share the messages: each goes to one of them', async (t) => {
  await addDurable('shared');
  const keepers = [keeper(), keeper()];
  const consumptions = keepers.map(({ onBatch }) =>
    consumeBatches({
      broker,
      stream: 'LOG',
      durable: 'shared',
      log,
      ...plain,
      maxBatch: 5,
      onBatch: async (batch) => {
        await sleep(2);
        await onBatch(batch);
      },
    }),
  );
  await sleep(200);
  await publish(numbers(300));
  const taken = () => keepers.flatMap((one) => one.taken);
  await eventually(() => taken().length >= 300);
  await sleep(100);
  t.deepEqual(taken().toSorted(), numbers(300).toSorted());
  t.true(keepers.every((one) => one.taken.length > 0));
  await Promise.all(consumptions.map((one) => one.stop()));
});

test.serial(
  'stop finishes the current batch, and another replica gets the rest at once, each message once',
  async (t) => {
    // Longer than the test waits, so that a message that was lost in transit fails it.
    await addDurable('stops', 60_000);
    for (let round = 0; round < 10; round += 1) {
      await publish(numbers(400));
      const first = keeper();
      let entered: () => void = () => undefined;
      const inHand = new Promise<void>((resolve) => {
        entered = resolve;
      });
      const consumption = consumeBatches({
        broker,
        stream: 'LOG',
        durable: 'stops',
        log,
        ...plain,
        maxBatch: 50,
        onBatch: async (batch) => {
          entered();
          await sleep(round * 3);
          await first.onBatch(batch);
        },
      });
      await inHand;
      await consumption.stop();
      const held = first.taken.length;
      t.true(held > 0 && held <= 50);
      const second = keeper();
      const other = consumeBatches({
        broker,
        stream: 'LOG',
        durable: 'stops',
        log,
        ...plain,
        onBatch: second.onBatch,
      });
      await eventually(() => first.taken.length + second.taken.length >= 400);
      await other.stop();
      t.is(first.taken.length, held, 'a consumer that has stopped takes nothing more');
      t.deepEqual([...first.taken, ...second.taken].sort(), numbers(400).sort());
    }
  },
);

test.serial('a stop under steady traffic returns the messages that are on their way', async (t) => {
  await addDurable('busy', 60_000);
  const sent: string[] = [];
  const over = new AbortController();
  const publishing = (async () => {
    while (!over.signal.aborted) {
      const some = numbers(20, `${sent.length}-`);
      sent.push(...some);
      await publish(some);
    }
  })();
  const keepers: ReturnType<typeof keeper>[] = [];
  const stops: number[] = [];
  for (let round = 0; round < 60; round += 1) {
    const one = keeper();
    keepers.push(one);
    const { onBatch, taken } = one;
    const consumption = consumeBatches({ broker, stream: 'LOG', durable: 'busy', log, ...plain, onBatch });
    await eventually(() => taken.length > 0);
    const began = performance.now();
    await consumption.stop();
    stops.push(performance.now() - began);
  }
  t.true((stops.toSorted((a, b) => a - b)[30] ?? 0) < 900, 'most do not wait for a pause in the traffic');
  over.abort();
  await publishing;
  const rest = keeper();
  keepers.push(rest);
  const { onBatch } = rest;
  const consumption = consumeBatches({ broker, stream: 'LOG', durable: 'busy', log, ...plain, onBatch });
  const taken = () => keepers.flatMap((one) => one.taken);
  await eventually(() => taken().length >= sent.length);
  await consumption.stop();
  t.deepEqual(taken().sort(), sent.sort());
});

test.serial('a batch that cannot be handled does not delay the stop, and is returned', async (t) => {
  await addDurable('stuck');
  await publish(['stuck']);
  let tries = 0;
  const consumption = consumeBatches({
    broker,
    stream: 'LOG',
    durable: 'stuck',
    log,
    ...plain,
    onBatch: async () => {
      tries += 1;
      throw new Error('never');
    },
  });
  await eventually(() => tries > 0);
  const began = performance.now();
  await consumption.stop();
  t.true(performance.now() - began < 5_000, 'it gives up after 10 s');
  const { taken, onBatch } = keeper();
  const other = consumeBatches({ broker, stream: 'LOG', durable: 'stuck', log, ...plain, onBatch });
  // The message was returned: it doesn't come again by itself before its 30 s are over.
  await eventually(() => taken.length === 1, 15_000);
  await other.stop();
});

test.serial('a consumer that was deleted and created again is used again', async (t) => {
  await addDurable('deleted');
  const { taken, onBatch } = keeper();
  const consumption = consumeBatches({ broker, stream: 'LOG', durable: 'deleted', log, ...plain, onBatch });
  await publish(['before']);
  await eventually(() => taken.length === 1);
  await deleteConsumer('LOG', 'deleted');
  await addDurable('deleted');
  await publish(['after']);
  await eventually(() => taken.includes('after'));
  t.deepEqual([...new Set(taken)], ['before', 'after']);
  await consumption.stop();
});

test.serial('a consumer that is deleted while a batch is handled ends no process', async (t) => {
  // A process ends at a rejection without a handler, even if one is added later.
  const unhandled: unknown[] = [];
  const note = (error: unknown) => unhandled.push(error);
  process.on('unhandledRejection', note);
  t.teardown(() => process.off('unhandledRejection', note));
  await addDurable('deleted');
  const { taken, onBatch } = keeper();
  let began = 0;
  let finish: () => void = () => undefined;
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  const consumption = consumeBatches({
    broker,
    stream: 'LOG',
    durable: 'deleted',
    log,
    ...plain,
    onBatch: async (batch) => {
      began += 1;
      if (began === 1) await finished;
      await onBatch(batch);
    },
  });
  await publish(['before']);
  await eventually(() => began === 1);
  await deleteConsumer('LOG', 'deleted');
  await sleep(500);
  t.deepEqual(unhandled, []);
  await addDurable('deleted');
  finish();
  await publish(['after']);
  t.truthy(await eventually(() => taken.includes('after')));
  await consumption.stop();
});

test.serial('no message is missed when NATS is killed and started again', async (t) => {
  await addDurable('killed', 1_500);
  const { taken, onBatch } = keeper();
  const consumption = consumeBatches({
    broker,
    stream: 'LOG',
    durable: 'killed',
    log,
    ...plain,
    maxBatch: 10,
    onBatch: async (batch) => {
      await sleep(20);
      await onBatch(batch);
    },
  });
  await publish(numbers(100, 'before'));
  await eventually(() => taken.length > 10);
  await nats.kill();
  await sleep(100);
  await nats.start();
  await eventually(() => broker.ready());
  await publish(numbers(50, 'after'));
  const wanted = [...numbers(100, 'before'), ...numbers(50, 'after')].toSorted();
  await eventually(() => new Set(taken).size === 150);
  t.deepEqual([...new Set(taken)].toSorted(), wanted);
  await consumption.stop();
});

test.serial('a stop while NATS is down is quick', async (t) => {
  await addDurable('away');
  const consumption = consumeBatches({
    broker,
    stream: 'LOG',
    durable: 'away',
    log,
    ...plain,
    onBatch: async () => undefined,
  });
  const following = followLatest({ broker, stream: 'USERS', log, ...plain, onBatch: async () => undefined });
  await sleep(100);
  await nats.kill();
  await eventually(() => !broker.ready());
  await sleep(50);
  const began = performance.now();
  await Promise.all([consumption.stop(), following.stop()]);
  t.true(performance.now() - began < 5_000, 'it gives up after 10 s');
  await nats.start();
  await eventually(() => broker.ready());
});

test.serial('a follower reads the last message of each subject, then new ones, in order', async (t) => {
  for (const [user, version] of [
    ['ann', 1],
    ['bob', 1],
    ['ann', 2],
    ['ann', 3],
  ] as const) {
    await publish([`${user}${version}`], `users.${user}`);
  }
  let caughtUp = 0;
  const followers = [keeper(), keeper()];
  const followings = followers.map(({ onBatch }) =>
    followLatest({
      broker,
      stream: 'USERS',
      log,
      ...plain,
      onBatch,
      onCaughtUp: () => {
        caughtUp += 1;
      },
    }),
  );
  await eventually(() => caughtUp === 2);
  for (const { taken } of followers) t.deepEqual(taken, ['bob1', 'ann3']);
  await publish(['bob2'], 'users.bob');
  await publish(['cid1'], 'users.cid');
  await eventually(() => followers.every(({ taken }) => taken.length === 4));
  for (const { taken } of followers) t.deepEqual(taken.slice(2), ['bob2', 'cid1']);
  await Promise.all(followings.map((one) => one.stop()));
});

test.serial('a follower of an empty stream has caught up at once', async (t) => {
  let caughtUp = false;
  const following = followLatest({
    broker,
    stream: 'REVOCATIONS',
    log,
    ...plain,
    onBatch: async () => undefined,
    onCaughtUp: () => {
      caughtUp = true;
    },
  });
  t.truthy(await eventually(() => caughtUp));
  await following.stop();
});

test.serial('a follower continues when NATS is back, and misses no message', async (t) => {
  const { taken, onBatch } = keeper();
  const following = followLatest({ broker, stream: 'USERS', log, ...plain, onBatch });
  await publish(['ann1'], 'users.ann');
  await eventually(() => taken.length === 1);
  await nats.kill();
  await eventually(() => !broker.ready());
  await nats.start();
  await eventually(() => broker.ready());
  await publish(['ann2'], 'users.ann');
  await publish(['bob1'], 'users.bob');
  await eventually(() => taken.includes('bob1'));
  t.deepEqual(taken, ['ann1', 'ann2', 'bob1']);
  await following.stop();
});

test.serial('a stream that was lost and filled again is read from its start', async (t) => {
  const { taken, onBatch } = keeper();
  const following = followLatest({ broker, stream: 'USERS', log, ...plain, onBatch });
  await publish(['ann1'], 'users.ann');
  await eventually(() => taken.length === 1);
  const { manager } = await broker.whenReady();
  const { config } = await manager.streams.info('USERS');
  await manager.streams.delete('USERS');
  await manager.streams.add(config);
  await publish(['x1'], 'users.x');
  await publish(['y1'], 'users.y');
  await eventually(() => taken.includes('y1'));
  t.deepEqual(taken, ['ann1', 'x1', 'y1']);
  await following.stop();
});
