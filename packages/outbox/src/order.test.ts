import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLeasesTable, transaction } from '@guichet/database';
import { type Broker, PublishRefusedError } from '@guichet/events';
import { silentLog } from '@guichet/log';
import { eventually, startTestNats, testBroker, testDatabase } from '@guichet/testing';
import test from 'ava';
import fc from 'fast-check';
import { handleOutbox, retryRefused } from './command.ts';
import { enqueue } from './enqueue.ts';
import { type Relay, startRelay } from './relay.ts';
import { prunePublished } from './store.ts';
import { createOutboxTables } from './tables.ts';

const { db, drop } = await testDatabase();
const nats = await startTestNats();
const broker = await testBroker(nats, ['LOG', 'USERS', 'REVOCATIONS']);
const relays: Relay[] = [];

test.before(async () => {
  await createOutboxTables(db);
  await createLeasesTable(db);
});
test.afterEach.always(async () => {
  await Promise.all(relays.splice(0).map((relay) => relay.stop()));
  for (const table of ['outbox', 'outbox_dead_letters', 'leases']) await db.raw(`DELETE FROM ${table}`);
});
test.after.always(async () => {
  await broker.close();
  await nats.remove();
  await drop();
});

let made = 0;
/** Commits messages to these subjects, a number of them per transaction; their payloads are ascending numbers. */
async function commit(
  subjects: readonly string[],
  perTransaction = 1,
): Promise<{ subject: string; n: number }[]> {
  const messages = subjects.map((subject) => {
    made += 1;
    return { id: `order-${made}`, subject, payload: { n: made } };
  });
  for (let at = 0; at < messages.length; at += perTransaction) {
    await transaction(db, (trx) => enqueue(trx, messages.slice(at, at + perTransaction)));
  }
  return messages.map(({ subject, payload }) => ({ subject, n: payload.n }));
}

/** A broker that remembers published messages; `failure` decides, by number and attempt, whether a message fails. */
function failing(failure: (n: number, time: number) => Error | null) {
  const stored: { subject: string; n: number }[] = [];
  const times = new Map<number, number>();
  const fake: Broker = {
    ...broker,
    async publish({ subject, payload }) {
      const { n } = JSON.parse(Buffer.from(payload).toString());
      const time = (times.get(n) ?? 0) + 1;
      times.set(n, time);
      // As in a network: messages sent together are answered in any order.
      await sleep(n % 3);
      const error = failure(n, time);
      if (error !== null) throw error;
      stored.push({ subject, n });
      return stored.length;
    },
  };
  return { stored, fake };
}
function start(fake: Broker): Relay {
  const relay = startRelay({ db, broker: fake, log: silentLog });
  relays.push(relay);
  return relay;
}
const isEmpty = (relay: Relay) => eventually(async () => (await relay.stats()).depth === 0);
const ofSubject = (messages: readonly { subject: string; n: number }[], subject: string) =>
  messages.filter((message) => message.subject === subject).map(({ n }) => n);

test.serial('a user’s state is not published before an older one that could not be stored', async (t) => {
  const subjects = ['ann', 'bob', 'ann', 'ann', 'bob', 'ann'].map((user) => `users.${user}`);
  const first = made + 1;
  const { stored, fake } = failing((n, time) => (n === first && time <= 2 ? new Error('no answer') : null));
  const committed = await commit(subjects);
  await isEmpty(start(fake));
  for (const subject of ['users.ann', 'users.bob'])
    t.deepEqual(ofSubject(stored, subject), ofSubject(committed, subject));
});

test.serial(
  'each subject keeps its order, wherever publishing fails and however messages are packed',
  async (t) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('users.a', 'users.b', 'revocations.x', 'revocations.y'), {
          minLength: 1,
          maxLength: 20,
        }),
        fc.integer({ min: 1, max: 20 }),
        fc.uniqueArray(fc.nat(19), { maxLength: 4 }),
        async (subjects, perTransaction, fails) => {
          const base = made + 1;
          const { stored, fake } = failing((n, time) =>
            fails.includes(n - base) && time === 1 ? new Error('no answer') : null,
          );
          const committed = await commit(subjects, perTransaction);
          const relay = start(fake);
          await isEmpty(relay);
          await relay.stop();
          for (const subject of new Set(subjects)) {
            t.deepEqual(ofSubject(stored, subject), ofSubject(committed, subject));
          }
        },
      ),
      { numRuns: 15 },
    );
  },
);

test.serial('a message that is refused for good is kept, and blocks no other', async (t) => {
  const bad = made + 2;
  const { stored, fake } = failing((n) => (n === bad ? new PublishRefusedError('too large') : null));
  const committed = await commit(['users.ann', 'users.ann', 'revocations.x', 'users.bob'], 4);
  const relay = start(fake);
  await isEmpty(relay);
  t.deepEqual(
    stored.map(({ n }) => n).toSorted((a, b) => a - b),
    committed.map(({ n }) => n).filter((n) => n !== bad),
  );
  t.is((await relay.stats()).deadLetters, 1);
  t.like(await db('outbox_dead_letters').first(), { subject: 'users.ann', reason: 'too large' });

  t.is(await retryRefused(db), 1);
  t.is((await relay.stats()).deadLetters, 0);
});

test.serial('a refused state is not published again if a newer one was published', async (t) => {
  const bad = made + 1;
  const { stored, fake } = failing((n) => (n === bad ? new PublishRefusedError('not permitted') : null));
  await commit(['users.ann', 'users.ann']);
  const relay = start(fake);
  await isEmpty(relay);
  t.is(await retryRefused(db), 0);
  await isEmpty(relay);
  t.deepEqual(ofSubject(stored, 'users.ann'), [bad + 1]);
});

test.serial(
  'a refused state is not published again even if the newer one was published long ago',
  async (t) => {
    const bad = made + 1;
    const { stored, fake } = failing((n) => (n === bad ? new PublishRefusedError('not permitted') : null));
    await commit(['users.ann', 'users.ann', 'users.bob', 'log.system.info']);
    const relay = start(fake);
    await isEmpty(relay);
    await db('outbox').update({ published_at: new Date(Date.now() - 8 * 86_400_000) });
    await prunePublished(db, 7, 1_000);
    t.is(await retryRefused(db), 0);
    await isEmpty(relay);
    t.deepEqual(ofSubject(stored, 'users.ann'), [bad + 1]);
    await prunePublished(db, 7, 1_000);
    t.like(await db('outbox').count({ rows: '*' }).first(), { rows: 0n }, 'then both are deleted');
  },
);

test.serial('ended sessions are published while another stream is unavailable', async (t) => {
  const fake: Broker = {
    ...broker,
    async publish(message) {
      if (message.subject.startsWith('log.')) {
        await sleep(1_000);
        throw new Error('no answer');
      }
      return broker.publish(message);
    },
  };
  await commit(Array.from({ length: 600 }, () => 'log.system.info'));
  start(fake);
  await sleep(200);
  await commit(['revocations.session']);
  const { manager } = await broker.whenReady();
  t.truthy(
    await eventually(async () => (await manager.streams.info('REVOCATIONS')).state.messages === 1, 10_000),
  );
});

test.serial('a permanent refusal by JetStream differs from a missing answer', async (t) => {
  const { manager } = await broker.whenReady();
  const { config } = await manager.streams.info('LOG');
  await manager.streams.update('LOG', { ...config, max_msg_size: 500 });
  t.teardown(() => manager.streams.update('LOG', { ...config, max_msg_size: -1 }));
  const publish = (subject: string, bytes: number) =>
    broker.publish({ id: `size-${bytes}-${subject}`, subject, payload: Buffer.alloc(bytes) });
  await t.throwsAsync(publish('log.system.info', 600), { instanceOf: PublishRefusedError });
  await t.throwsAsync(publish('log.system.info', 2_000_000), { instanceOf: PublishRefusedError });
  const error = await t.throwsAsync(publish('nowhere.at.all', 1));
  t.false(error instanceof PublishRefusedError, 'it waits: the stream may be created later');
});

test.serial('an event that belongs to no stream is refused before the commit', async (t) => {
  await t.throwsAsync(
    transaction(db, (trx) => enqueue(trx, [{ id: 'x', subject: 'nowhere.x', payload: {} }])),
    { instanceOf: RangeError },
  );
});

test.serial(
  'an operator’s commands for refused events are logged with the operator; a command that finds none is not',
  async (t) => {
    await db('outbox').delete();
    await db('outbox_dead_letters').delete();
    const logged = async () =>
      (await db('outbox').where({ family: 'log' }).orderBy('sequence'))
        .map(({ payload }) => JSON.parse(payload))
        .filter(({ action }) => action === 'ADMIN_COMMAND');
    for (const verb of ['list', 'retry', 'discard']) await handleOutbox(db, 'accounts', [verb]);
    t.deepEqual(await logged(), []);
    for (const verb of ['retry', 'discard']) {
      await db('outbox_dead_letters').insert({
        id: verb,
        sequence: 1,
        subject: 'mail.x',
        payload: '{}',
        reason: 'too large',
      });
      t.regex((await handleOutbox(db, 'accounts', ['list']))[0] ?? '', /"reason":"too large"/);
      t.regex((await handleOutbox(db, 'accounts', [verb]))[0] ?? '', /^1 /);
    }
    const entries = await logged();
    t.deepEqual(
      entries.map(({ service, data }) => [
        service,
        data.command,
        data.count,
        data.host,
        typeof data.operator,
      ]),
      ['retry', 'discard'].map((verb) => ['accounts', `outbox ${verb}`, 1, hostname(), 'string']),
    );
    await t.throwsAsync(handleOutbox(db, 'accounts', ['resend']), {
      message: /use list, retry, discard or republish/,
    });
  },
);
