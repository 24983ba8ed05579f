import { silentLog } from '@guichet/log';
import { eventually, startTestNats, testBroker } from '@guichet/testing';
import test from 'ava';
import { consumeBatches, followLatest } from './consume.ts';
import type { DeadLetter } from './dead-letters.ts';
import type { Parsed } from './received.ts';
import { ensureDurable } from './streams.ts';

const nats = await startTestNats();
const broker = await testBroker(nats, ['LOG', 'USERS']);
test.after.always(async () => {
  await broker.close();
  await nats.remove();
});

class Transient extends Error {}

/** A handler that fails for some values, and remembers what it handled and what became a dead letter. */
function handling(fails: (value: string, attempt: number) => Error | null) {
  const taken: string[] = [];
  const letters: DeadLetter[] = [];
  let attempt = 0;
  let deadLettersAreStored = true;
  return {
    taken,
    letters,
    get attempts() {
      return attempt;
    },
    failToStore(fail: boolean) {
      deadLettersAreStored = !fail;
    },
    options: {
      log: silentLog,
      parse: ({ data }: { data: Uint8Array }) => {
        const text = Buffer.from(data).toString();
        if (text === 'unreadable') throw new Error('it cannot be read');
        return text;
      },
      onBatch: async (batch: readonly Parsed<string>[]) => {
        attempt += 1;
        for (const { value } of batch) {
          const failure = fails(value, attempt);
          if (failure !== null) throw failure;
        }
        for (const message of batch) {
          taken.push(message.value);
          message.ack();
        }
      },
      deadLetters: {
        keep: async (kept: readonly DeadLetter[]) => {
          if (!deadLettersAreStored) throw new Error('the database is down');
          letters.push(...kept);
        },
        isTransient: (error: unknown) => error instanceof Transient,
      },
    },
  };
}

let published = 0;
async function publish(texts: readonly string[], subject = 'log.system.info'): Promise<void> {
  for (const text of texts) {
    published += 1;
    await broker.publish({ id: `m${published}`, subject, payload: Buffer.from(text) });
  }
}
const reasons = (letters: readonly DeadLetter[]) =>
  letters.map(({ payload, reason }) => [Buffer.from(payload).toString(), reason]);

test.serial('messages that fail become dead letters, and all others are handled in order', async (t) => {
  await ensureDurable((await broker.whenReady()).manager, 'LOG', 'poison');
  const { taken, letters, options } = handling((value) =>
    value === 'bad' ? new Error('it does not fit') : null,
  );
  await publish(['a', 'b', 'bad', 'c', 'unreadable', 'd', 'bad', 'e']);
  const consumption = consumeBatches({ broker, stream: 'LOG', durable: 'poison', ...options });
  t.teardown(() => consumption.stop());
  await publish(['f']);
  await eventually(() => taken.includes('f'));
  t.deepEqual(taken, ['a', 'b', 'c', 'd', 'e', 'f']);
  t.deepEqual(reasons(letters).toSorted(), [
    ['bad', 'it does not fit'],
    ['bad', 'it does not fit'],
    ['unreadable', 'it cannot be read'],
  ]);
  const unreadable = letters.find(({ reason }) => reason === 'it cannot be read');
  t.like(unreadable, { stream: 'LOG', subject: 'log.system.info', messageId: 'm5', sequence: 5 });
  await eventually(async () => (await consumption.lag()) === 0);
});

test.serial('a transient error causes no dead letter, however long it lasts', async (t) => {
  await ensureDurable((await broker.whenReady()).manager, 'LOG', 'transient');
  const one = handling((_, attempt) => (attempt <= 6 ? new Transient('the database is down') : null));
  const { manager } = await broker.whenReady();
  await manager.streams.purge('LOG');
  await publish(['a', 'b', 'c']);
  const consumption = consumeBatches({ broker, stream: 'LOG', durable: 'transient', ...one.options });
  t.teardown(() => consumption.stop());
  await eventually(() => one.taken.length === 3);
  t.deepEqual(one.taken, ['a', 'b', 'c']);
  t.deepEqual(one.letters, []);
});

test.serial('a transient error loses no message', async (t) => {
  await ensureDurable((await broker.whenReady()).manager, 'LOG', 'passing');
  const one = handling((value, attempt) => (value === 'b' && attempt < 4 ? new Error('once') : null));
  const { manager } = await broker.whenReady();
  await manager.streams.purge('LOG');
  await publish(['a', 'b', 'c']);
  const consumption = consumeBatches({ broker, stream: 'LOG', durable: 'passing', ...one.options });
  t.teardown(() => consumption.stop());
  await eventually(() => one.taken.length === 3);
  t.deepEqual(one.taken, ['a', 'b', 'c']);
  t.deepEqual(one.letters, []);
});

test.serial('a message is not acknowledged before it is stored as a dead letter', async (t) => {
  await ensureDurable((await broker.whenReady()).manager, 'LOG', 'unstored');
  const one = handling(() => null);
  const { manager } = await broker.whenReady();
  await manager.streams.purge('LOG');
  one.failToStore(true);
  await publish(['unreadable']);
  const consumption = consumeBatches({ broker, stream: 'LOG', durable: 'unstored', ...one.options });
  t.teardown(() => consumption.stop());
  await new Promise((resolve) => setTimeout(resolve, 500));
  t.is(await consumption.lag(), 1);
  one.failToStore(false);
  await eventually(async () => (await consumption.lag()) === 0);
  t.is(one.letters.length, 1);
});

test.serial('a follower continues after a bad state, and its lag shows how far behind it is', async (t) => {
  let down = true;
  const one = handling((value) =>
    down ? new Transient('down') : value === 'bad' ? new Error('it does not fit') : null,
  );
  await publish(['bad'], 'users.ann');
  await publish(['good'], 'users.bob');
  let caughtUp = false;
  const following = followLatest({
    broker,
    stream: 'USERS',
    ...one.options,
    onCaughtUp: () => {
      caughtUp = true;
    },
  });
  t.teardown(() => following.stop());
  await eventually(() => one.attempts > 0);
  t.is(await following.lag(), 2);
  down = false;
  await eventually(() => caughtUp);
  t.deepEqual(one.taken, ['good']);
  t.deepEqual(reasons(one.letters), [['bad', 'it does not fit']]);
  t.is(await following.lag(), 0);
});
