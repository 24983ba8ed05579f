import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import {
  change,
  createLeasesTable,
  type Lease,
  queryOnce,
  releaseLease,
  select,
  sql,
  takeLease,
  transaction,
} from '@guichet/database';
import { type Broker, unpackEvents } from '@guichet/events';
import { silentLog } from '@guichet/log';
import { eventually, startTestNats, testBroker, testDatabase } from '@guichet/testing';
import test from 'ava';
import { enqueue } from './enqueue.ts';
import { RELAY_LEASE, type Relay, startRelay } from './relay.ts';
import { eventsOf, MAX_ROW_BYTES } from './row.ts';
import { prunePublished, readWaiting } from './store.ts';
import { createOutboxTables } from './tables.ts';

const { db, settings, drop } = await testDatabase();
const nats = await startTestNats();
const broker = await testBroker(nats, ['LOG', 'MAIL', 'USERS']);
const relays: Relay[] = [];

test.before(async () => {
  await createOutboxTables(db);
  await createOutboxTables(db);
  await createLeasesTable(db);
});
test.afterEach.always(async () => {
  await Promise.all(relays.splice(0).map((relay) => relay.stop()));
  await db.raw('DELETE FROM outbox');
  await db.raw('DELETE FROM leases');
  const { manager } = await broker.whenReady();
  await manager.streams.purge('LOG');
});
test.after.always(async () => {
  await broker.close();
  await nats.remove();
  await drop();
});

let made = 0;
/** Writes messages to the outbox, a number of them per transaction; their texts are ascending numbers. */
async function commit(count: number, perTransaction = count): Promise<string[]> {
  const texts: string[] = [];
  while (texts.length < count) {
    await transaction(db, async (trx) => {
      const messages = Array.from({ length: Math.min(perTransaction, count - texts.length) }, () => {
        made += 1;
        texts.push(String(made));
        return { id: `id-${made}`, subject: 'log.system.info', payload: { text: String(made) } };
      });
      await enqueue(trx, messages);
    });
  }
  return texts;
}

function start(more: { broker?: Broker; maxBatch?: number } = {}): Relay {
  const relay = startRelay({ db, broker, log: silentLog, ...more });
  relays.push(relay);
  return relay;
}

/** The number of messages in the stream. */
const messagesStored = async () => {
  const { manager } = await broker.whenReady();
  return (await manager.streams.info('LOG')).state.messages;
};
/** The number of events in them. */
const stored = async () => (await texts()).length;

/** Every event of the stream, in order. */
async function texts(): Promise<string[]> {
  const { manager } = await broker.whenReady();
  const { state } = await manager.streams.info('LOG');
  const read: string[] = [];
  for (let seq = state.first_seq; seq <= state.last_seq; seq += 1) {
    const { data } = await manager.streams.getMessage('LOG', { seq });
    const events = unpackEvents(data) ?? [Buffer.from(data).toString()];
    read.push(...events.map((event) => (JSON.parse(event) as { text: string }).text));
  }
  return read;
}

test.serial('committed messages are published soon, in order, and once', async (t) => {
  const relay = start();
  await sleep(50);
  const committed = await commit(120, 7);
  relay.wake();
  await eventually(async () => (await stored()) === 120);
  t.deepEqual(await texts(), committed);
  await eventually(async () => (await relay.stats()).depth === 0);
  await sleep(250);
  t.is(await stored(), 120);
});

test.serial(
  'nothing is published before a commit of the relay puts what it read on disk, nor after the relay lost its lease',
  async (t) => {
    const steps: string[] = [];
    const unwatch = db.connections.watch((sql) => {
      if (/^\(SELECT .* FROM outbox/i.test(sql)) steps.push('read');
      if (/^UPDATE leases\s+SET expires_at/i.test(sql)) steps.push('written');
    });
    const watched: Broker = {
      ...broker,
      async publish(message) {
        steps.push('published');
        return broker.publish(message);
      },
    };
    start({ broker: watched, maxBatch: 10 });
    await commit(30, 10);
    await eventually(async () => (await stored()) === 30);
    unwatch();
    // A read that found nothing is followed by the next.
    const rounds = steps
      .join(' ')
      .split(/read ?/)
      .filter((round) => round !== '');
    t.true(rounds.length >= 3);
    for (const round of rounds) t.regex(round, /^written( published)+ ?$/);

    await db.raw("UPDATE leases SET holder = 'other', expires_at = CURRENT_TIMESTAMP(3) + INTERVAL 1 MINUTE");
    await commit(5);
    await sleep(300);
    t.is(await stored(), 30);
  },
);

test.serial('events of one transaction on one subject are one message, and each is counted', async (t) => {
  const message = (subject: string, text: string) => {
    made += 1;
    const id = `id-${made}`;
    return { id, subject, payload: { id, text, odd: 'a "quote", a \\ and\n,\n{' } };
  };
  const messages = [
    message('log.membres.info', 'first'),
    message('mail.activated', 'letter'),
    ...Array.from({ length: 80 }, (_, index) => message('log.agents.info', `entry ${index}`)),
    message('log.membres.info', 'second'),
    message('users.ann', 'one'),
    message('users.ann', 'two'),
  ];
  await transaction(db, (trx) => enqueue(trx, messages));
  const rows = await readWaiting(db, 500);
  t.deepEqual(
    rows.map(({ subject, events }) => [subject, events]).toSorted(),
    [
      ['log.agents.info', 16],
      ['log.agents.info', 64],
      ['log.membres.info', 2],
      ['mail.activated', 1],
      ['users.ann', 1],
      ['users.ann', 1],
    ].toSorted(),
  );
  const read = rows
    .flatMap(eventsOf)
    .map(({ payload, ...rest }) => ({ ...rest, payload: JSON.parse(payload) }));
  const ofSubject = (all: { subject: string }[], subject: string) =>
    all.filter((one) => one.subject === subject);
  for (const subject of new Set(messages.map((one) => one.subject)))
    t.deepEqual(ofSubject(read, subject), ofSubject(messages, subject), subject);
  const [[{ valid }]] = await db.raw('SELECT MIN(JSON_VALID(payload)) AS valid FROM outbox');
  t.is(Number(valid), 1, 'an operator can query it as JSON');
  const relay = start({ maxBatch: 70 });
  t.is((await relay.stats()).depth, messages.length);
  await eventually(async () => (await relay.stats()).depth === 0);
  t.is(await messagesStored(), 3, 'as many messages as rows of the log');
  const ofAgents = (await texts()).filter((text) => text.startsWith('entry'));
  t.deepEqual(
    ofAgents.toSorted((a, b) => Number(a.slice(6)) - Number(b.slice(6))),
    Array.from({ length: 80 }, (_, index) => `entry ${index}`),
  );
});

test.serial(
  'events of one transaction that fill several messages keep their size below the limit of NATS',
  async (t) => {
    const large = Array.from({ length: 12 }, (_, index) => ({
      id: `large-${index}`,
      subject: 'log.agents.info',
      payload: { id: `large-${index}`, text: 'x'.repeat(100_000) },
    }));
    await transaction(db, (trx) => enqueue(trx, large));
    const rows = await readWaiting(db, 500);
    t.true(rows.every(({ payload }) => payload.length <= MAX_ROW_BYTES + 100));
    t.deepEqual(
      rows.flatMap(eventsOf).map(({ id }) => id),
      large.map(({ id }) => id),
    );
  },
);

test.serial('if one message cannot be stored, each event is still published once', async (t) => {
  let refused = 0;
  const failing: Broker = {
    ...broker,
    async publish(message) {
      if (refused < 2 && JSON.parse(Buffer.from(message.payload).toString()).text === third) {
        refused += 1;
        throw new Error('no answer');
      }
      return broker.publish(message);
    },
  };
  const committed = await commit(6, 1);
  const third = committed[2];
  const relay = start({ broker: failing });
  await eventually(async () => refused > 0);
  await eventually(async () => (await relay.stats()).depth === 0);
  const [first, second, late, ...rest] = committed;
  t.deepEqual(await texts(), [first, second, ...rest, late], 'the log does not rely on their order');
});

test.serial(
  'a rolled back message is never published, and a message that is too large is refused',
  async (t) => {
    const relay = start();
    await t.throwsAsync(
      transaction(db, async (trx) => {
        await enqueue(trx, [{ id: 'never', subject: 'log.system.info', payload: {} }]);
        throw new Error('the rule says no');
      }),
    );
    const huge = { id: 'huge', subject: 'log.system.info', payload: { text: 'x'.repeat(1_100_000) } };
    await t.throwsAsync(
      transaction(db, (trx) => enqueue(trx, [huge])),
      { instanceOf: RangeError },
    );
    await transaction(db, (trx) => enqueue(trx, []));
    relay.wake();
    await sleep(300);
    t.is(await stored(), 0);
    t.deepEqual(await relay.stats(), { depth: 0, oldestSeconds: 0, deadLetters: 0 });
  },
);

test.serial(
  'while a stream is full its events wait, commits and other streams go on, and with room each event is published once',
  async (t) => {
    const { manager } = await broker.whenReady();
    await manager.streams.purge('LOG');
    const { config } = await manager.streams.info('LOG');
    await manager.streams.update('LOG', { max_bytes: 4_000 });
    t.teardown(() => manager.streams.update('LOG', { max_bytes: config.max_bytes }));
    const relay = start({ maxBatch: 20 });
    const before = await commit(60, 1);
    await eventually(async () => {
      const [log] = await broker.usedSpace();
      return (log?.used ?? 0) > 0.9;
    });
    await eventually(async () => (await messagesStored()) < 60 && (await relay.stats()).depth < 60);
    const during = await commit(20, 1);
    await transaction(db, (trx) =>
      enqueue(trx, [{ id: `user-${made}`, subject: 'users.full', payload: { text: 'a user' } }]),
    );
    await eventually(async () => (await broker.lastSequence('USERS', 'users.full')) > 0);
    const { depth, oldestSeconds, deadLetters } = await relay.stats();
    t.true(depth >= 20, String(depth));
    t.true(oldestSeconds > 0, 'which the alert sees');
    t.is(deadLetters, 0);
    await manager.streams.update('LOG', { max_bytes: config.max_bytes });
    await eventually(async () => (await relay.stats()).depth === 0);
    t.deepEqual(
      (await texts()).map(Number).toSorted((a, b) => a - b),
      [...before, ...during].map(Number),
    );
  },
);

test.serial('the largest message that NATS accepts is accepted', async (t) => {
  start();
  await transaction(db, (trx) =>
    enqueue(trx, [{ id: 'large', subject: 'log.system.info', payload: { text: 'é'.repeat(490_000) } }]),
  );
  t.truthy(await eventually(async () => (await stored()) === 1));
});

test.serial('while NATS is down events wait and are counted, and later each is published once', async (t) => {
  const relay = start();
  const before = await commit(30, 3);
  await eventually(async () => (await stored()) === 30);
  await nats.kill();
  const during = await commit(40, 4);
  await sleep(300);
  const { depth, oldestSeconds } = await relay.stats();
  t.is(depth, 40);
  t.true(oldestSeconds > 0.2 && oldestSeconds < 30);
  await nats.start();
  await eventually(() => broker.ready());
  const after = await commit(10);
  await eventually(async () => (await stored()) === 80);
  t.deepEqual(await texts(), [...before, ...during, ...after]);
});

test.serial(
  'when NATS is killed repeatedly under load, the stream has each event once, in order',
  async (t) => {
    const relay = start({ maxBatch: 15 });
    const committed: string[] = [];
    const committing = (async () => {
      for (let round = 0; round < 60; round += 1) {
        committed.push(...(await commit(5)));
        relay.wake();
        await sleep(10);
      }
    })();
    for (let kill = 0; kill < 2; kill += 1) {
      await sleep(150);
      await nats.kill();
      await sleep(50);
      await nats.start();
      await eventually(() => broker.ready());
    }
    await committing;
    await eventually(async () => (await stored()) >= committed.length);
    t.deepEqual(await texts(), committed);
  },
);

test.serial(
  'after a relay is killed between publishing and marking, each event is in the stream once',
  async (t) => {
    const committed = await commit(50, 1);
    const fixture = fileURLToPath(new URL('relay.fixture.ts', import.meta.url));
    const child = spawn(
      process.execPath,
      [fixture, JSON.stringify(settings), JSON.stringify(nats.settings), '["LOG"]', 'kill', '33'],
      {
        stdio: 'inherit',
      },
    );
    t.is((await once(child, 'exit'))[1], 'SIGKILL');
    const [[{ marked }]] = await db.raw('SELECT COUNT(published_at) AS marked FROM outbox');
    t.is(Number(marked), 20);
    t.true((await stored()) >= 33);
    start();
    await eventually(async () => (await texts()).length === 50);
    t.deepEqual(await texts(), committed);
  },
);

test.serial('one of two relays publishes, and the other continues when it stops', async (t) => {
  const used = new Set<string>();
  const named = (name: string): Broker => ({
    ...broker,
    async publish(message) {
      used.add(name);
      return broker.publish(message);
    },
  });
  const first = start({ broker: named('first') });
  await commit(1);
  await eventually(() => used.has('first'));
  start({ broker: named('second') });
  const committed = await commit(100, 10);
  await eventually(async () => (await stored()) === 101);
  t.deepEqual([...used], ['first']);
  const holder = async () => (await db('leases').first()).holder;
  const before = await holder();
  await first.stop();
  t.not(await holder(), before, 'the lease is released, not left to expire');
  await commit(5);
  await eventually(async () => (await stored()) === 106);
  t.deepEqual([...used], ['first', 'second']);
  t.deepEqual((await texts()).slice(1, 101), committed);
});

test.serial('the lease of a crashed relay is taken over when it expires, and not before', async (t) => {
  const lease = (await takeLease(db, RELAY_LEASE, 2, 'dead')) as Lease;
  t.truthy(lease);
  t.is(await takeLease(db, RELAY_LEASE, 5, 'other'), null);
  const began = performance.now();
  t.truthy(await takeLease(db, RELAY_LEASE, 2, 'dead'), 'its holder keeps it');
  await queryOnce(db, releaseLease({ ...lease, holder: 'other' }));
  t.is(await takeLease(db, RELAY_LEASE, 5, 'other'), null, 'only its holder gives it back');
  const relay = start();
  await commit(3);
  for (let commits = 0; commits < 20; commits += 1) relay.wake();
  await eventually(async () => (await stored()) === 3);
  const waited = performance.now() - began;
  t.true(waited > 1_900, `${waited} ms`);
});

test.serial('old published messages are deleted, waiting ones never', async (t) => {
  await commit(10, 1);
  await db.raw("UPDATE outbox SET created_at = '2020-01-01'");
  await db.raw("UPDATE outbox SET published_at = '2020-01-01' ORDER BY sequence LIMIT 6");
  await db.raw(
    'UPDATE outbox SET published_at = CURRENT_TIMESTAMP(3) WHERE published_at IS NULL ORDER BY sequence LIMIT 2',
  );
  t.is(await prunePublished(db, 7, 4), 4);
  t.is(await prunePublished(db, 7, 4), 2);
  t.is(await prunePublished(db, 7, 4), 0);
  const [[left]] = await db.raw('SELECT COUNT(*) AS kept, SUM(published_at IS NULL) AS waiting FROM outbox');
  t.deepEqual([Number(left.kept), Number(left.waiting)], [4, 2]);
});

test.serial('an event of a transaction that commits late is published too', async (t) => {
  start();
  const early = await transaction(db, async (late) => {
    await enqueue(late, [{ id: 'late', subject: 'log.system.info', payload: { text: 'late' } }]);
    const [overtaking] = await commit(1);
    await eventually(async () => (await stored()) === 1);
    return overtaking;
  });
  await eventually(async () => (await stored()) === 2);
  t.deepEqual(await texts(), [early, 'late']);
});

test.serial('reading waiting messages reads no published ones', async (t) => {
  await commit(200, 1);
  await db.raw('UPDATE outbox SET published_at = CURRENT_TIMESTAMP(3) ORDER BY sequence LIMIT 190');
  const steps = await transaction(db, async (trx) => {
    await queryOnce(trx, change(sql`FLUSH STATUS`));
    t.is((await readWaiting(trx, 500)).length, 10);
    const [row] = await queryOnce(
      trx,
      select<{ Value: string }>(sql`SHOW SESSION STATUS LIKE 'Handler_read_next'`),
    );
    return Number(row?.Value);
  });
  t.true(steps <= 11, `${steps} rows`);
});
