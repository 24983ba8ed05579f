import { hostname } from 'node:os';
import type { ReceivedAuditEvent } from '@guichet/contract/events';
import { newId, queryOnce } from '@guichet/database';
import { handleDeadLetters, retryDeadLetters } from '@guichet/dead-letters';
import { ACK_WAIT_MS, packEvents } from '@guichet/events';
import { silentLog } from '@guichet/log';
import {
  buildUserEvent,
  eventually,
  startTestNats,
  testBroker,
  testDatabase,
  testEnvelopes,
} from '@guichet/testing';
import test from 'ava';
import fc from 'fast-check';
import { buildEvent, MIGRATIONS } from '../fixtures.ts';
import { followPeople, handlePeople } from '../people/follow-people.ts';
import { findByUsername } from '../people/store.ts';
import { verifyChain } from '../verify/verify-chain.ts';
import { storeEvents } from './store-events.ts';
import { handleLog, takeLog } from './take-log.ts';

const { db, drop } = await testDatabase({ migrations: MIGRATIONS, pool: 10 });
const nats = await startTestNats();
const envelopes = testEnvelopes();
const broker = await testBroker(nats, ['LOG', 'USERS'], 'logging', envelopes.logging);
/** Publishes bytes as they are, as an attacker on NATS could. */
const unsealed = await testBroker(nats, ['LOG', 'USERS'], 'stranger');
test.after.always(async () => {
  await Promise.all([broker.close(), unsealed.close()]);
  await nats.remove();
  await drop();
});
test.afterEach.always(async () => {
  await db.raw('DELETE FROM dead_letters');
});

/**
 * A message may reach the consumption that the test before has just stopped: it is published on another connection, which doesn't wait for the end of the
 * subscription. It comes again when the time to acknowledge it is over.
 */
const soonOrAgain = <Result>(probe: () => Promise<Result> | Result) =>
  eventually(probe, ACK_WAIT_MS.logging + 10_000);

const intake = { db, clock: () => new Date(), onStored: () => undefined };

let published = 0;
/** Publishes as accounts, or as auth for users; bytes are sent as they are. */
async function publish(subject: string, payload: unknown): Promise<void> {
  published += 1;
  const message = { id: `d${published}`, subject };
  const bytes =
    payload instanceof Uint8Array
      ? payload
      : envelopes[subject.startsWith('users.') ? 'auth' : 'accounts'].seal({
          ...message,
          payload: Buffer.from(JSON.stringify(payload)),
        });
  await unsealed.publish({ ...message, payload: bytes });
}
const isStored = async (id: string) => (await db('log_entries').where({ id }).first()) !== undefined;
test.serial(
  'a message that cannot be read becomes a dead letter with its bytes and a reason, and the next is stored',
  async (t) => {
    const consumption = takeLog({ ...intake, broker, log: silentLog });
    t.teardown(() => consumption.stop());
    const foreign = testEnvelopes().accounts.seal({
      id: 'foreign',
      subject: 'log.system.info',
      payload: Buffer.from('{}'),
    });
    const bad = [
      Buffer.from(JSON.stringify(buildEvent())),
      Buffer.from([0xff, 0xfe]),
      { id: 'x' },
      buildEvent({ level: 'LOUD' as 'INFO' }),
      buildEvent({ service: 'auth' }),
      buildEvent({ time: '9999-12-31T23:59:59-23:00' }),
      buildEvent({ time: '0000-01-01T00:00:00Z' }),
      buildEvent({ time: '1969-12-31T23:59:59.999Z' }),
      foreign,
    ];
    for (const payload of bad) await publish('log.system.info', payload);
    const good = buildEvent({ time: '9999-12-31T23:59:59.999Z' });
    await publish('log.system.info', good);
    await soonOrAgain(() => isStored(good.id));

    const letters = await db('dead_letters').orderBy('sequence');
    t.is(letters.length, bad.length);
    t.true(letters.every(({ stream, subject }) => stream === 'LOG' && subject === 'log.system.info'));
    t.true(letters.some(({ reason }) => /another service/.test(reason)));
    t.true(letters.some(({ reason }) => /not sealed/.test(reason)));
    t.true(letters.some(({ reason }) => /level/.test(reason)));
    t.true(letters.some(({ reason }) => /time/.test(reason)));
    t.true(
      letters.some(
        ({ payload, reason }) => foreign.equals(payload) && /was not sealed to logging/.test(reason),
      ),
    );
    t.true((await verifyChain(db)).ok);
  },
);

test.serial(
  'an event that the database refuses becomes a dead letter, and the rest of its batch is stored',
  async (t) => {
    await db.raw("ALTER TABLE log_entries ADD CONSTRAINT odd CHECK (message <> 'refused')");
    const events = ['a', 'refused', 'b', 'refused', 'c'].map((message) => buildEvent({ message }));
    for (const event of events) await publish('log.system.info', event);
    const consumption = takeLog({ ...intake, broker, log: silentLog });
    t.teardown(() => consumption.stop());
    await soonOrAgain(async () => (await db('dead_letters')).length === 2);
    await soonOrAgain(() => isStored(events[4]?.id ?? ''));
    const stored = await db('log_entries')
      .whereIn(
        'id',
        events.map(({ id }) => id),
      )
      .orderBy('sequence');
    t.deepEqual(
      stored.map(({ message }) => message),
      ['a', 'b', 'c'],
    );

    t.deepEqual(await retryDeadLetters(db, { LOG: handleLog(intake) }, envelopes.logging), {
      handled: 0,
      failed: 2,
    });
    await db.raw('ALTER TABLE log_entries DROP CONSTRAINT odd');
    t.deepEqual(await retryDeadLetters(db, { LOG: handleLog(intake) }, envelopes.logging), {
      handled: 2,
      failed: 0,
    });
    t.deepEqual(await db('dead_letters'), []);
    t.true(await isStored(events[1]?.id ?? ''));
    t.like(await verifyChain(db), { ok: true }, 'the charts count each of them once');
  },
);

/** Publishes events of one commit as one message. */
async function publishTogether(
  events: readonly ReceivedAuditEvent[],
  by = envelopes.accounts,
): Promise<void> {
  const { id, payload } = packEvents(
    events.map((event) => ({ id: event.id, payload: JSON.stringify(event) })),
  );
  const message = { id, subject: 'log.system.info' };
  await unsealed.publish({ ...message, payload: by.seal({ ...message, payload: Buffer.from(payload) }) });
}

test.serial(
  'of a message with several events, only those that fail become dead letters, each its own',
  async (t) => {
    await db.raw("ALTER TABLE log_entries ADD CONSTRAINT odd CHECK (message <> 'unwanted')");
    const events = ['a', 'unwanted', 'b', 'unwanted', 'c'].map((message) => buildEvent({ message }));
    const unreadable = buildEvent({ level: 'LOUD' as 'INFO' });
    await publishTogether([...events, unreadable]);
    const consumption = takeLog({ ...intake, broker, log: silentLog });
    t.teardown(() => consumption.stop());
    await soonOrAgain(async () => (await db('dead_letters')).length === 3);
    await soonOrAgain(() => isStored(events[4]?.id ?? ''));
    const ids = events.map(({ id }) => id);
    const stored = await db('log_entries').whereIn('id', ids).orderBy('sequence');
    t.deepEqual(
      stored.map(({ message }) => message),
      ['a', 'b', 'c'],
    );
    await eventually(async () => (await consumption.lag()) === 0);

    const retry = () => retryDeadLetters(db, { LOG: handleLog(intake) }, envelopes.logging);
    t.deepEqual(await retry(), { handled: 0, failed: 3 });
    await db.raw('ALTER TABLE log_entries DROP CONSTRAINT odd');
    t.deepEqual(await retry(), { handled: 2, failed: 1 });
    t.is((await db('dead_letters')).length, 1);
    t.true(await isStored(events[1]?.id ?? ''));
    t.true(await isStored(events[3]?.id ?? ''));
    t.true((await verifyChain(db)).ok);
  },
);

test.serial(
  'a message with several events that could not be opened is one dead letter, and all are stored later',
  async (t) => {
    const consumption = takeLog({ ...intake, broker, log: silentLog });
    t.teardown(() => consumption.stop());
    const other = testEnvelopes();
    const events = [buildEvent(), buildEvent({ level: 'LOUD' as 'INFO' }), buildEvent()];
    await publishTogether(events, other.accounts);
    await soonOrAgain(async () => (await db('dead_letters')).length === 1);
    t.deepEqual(await retryDeadLetters(db, { LOG: handleLog(intake) }, other.logging), {
      handled: 2,
      failed: 1,
    });
    const [letter, ...more] = await db('dead_letters');
    t.deepEqual(more, []);
    t.regex(letter.message_id, /\/1$/, 'the letter names the event that failed');
    for (const { id } of [events[0], events[2]] as ReceivedAuditEvent[]) t.true(await isStored(id));
  },
);

test.serial(
  'a message whose events were stored in part is stored in whole when it comes again',
  async (t) => {
    const events = Array.from({ length: 30 }, (_, index) => buildEvent({ message: `part ${index}` }));
    await publishTogether(events.slice(0, 10));
    const consumption = takeLog({ ...intake, broker, log: silentLog, maxBatch: 7 });
    t.teardown(() => consumption.stop());
    await soonOrAgain(() => isStored(events[9]?.id ?? ''));
    await publishTogether(events);
    await soonOrAgain(() => isStored(events[29]?.id ?? ''));
    const ids = events.map(({ id }) => id);
    const stored = await db('log_entries').whereIn('id', ids).orderBy('sequence');
    t.deepEqual(
      stored.map(({ message }) => message),
      events.map(({ message }) => message),
      'each once, in order',
    );
    t.true((await verifyChain(db)).ok);
  },
);

test.serial(
  'an event sealed to a key that logging lacks stays sealed, and is stored once logging has the key',
  async (t) => {
    const strangers = testEnvelopes();
    const without = await testBroker(nats, ['LOG'], 'other', strangers.logging);
    const consumption = takeLog({ ...intake, broker: without, log: silentLog });
    t.teardown(() => consumption.stop().then(() => without.close()));
    const event = buildEvent({ message: 'in clear' });
    await publish('log.system.info', event);
    const letter = await soonOrAgain(() =>
      db('dead_letters').where('reason', 'like', '%was not sealed%').first(),
    );
    t.false((letter.payload as Buffer).includes('in clear'));
    const { handled, failed } = await retryDeadLetters(db, { LOG: handleLog(intake) }, envelopes.logging);
    t.deepEqual({ handled, failed }, { handled: 1, failed: 0 });
    t.true(await isStored(event.id));
  },
);

/** A valid event with some fields replaced by arbitrary values. */
const mutated = (valid: object) =>
  fc
    .tuple(
      fc.subarray(Object.keys(valid), { minLength: 1 }),
      fc.array(anything, { minLength: 12, maxLength: 12 }),
    )
    .map(([names, values]) => ({
      ...valid,
      ...Object.fromEntries(names.map((name, index) => [name, values[index]])),
    }));
const anything = fc.oneof(
  fc.jsonValue(),
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
  // Twelve of them, sealed to each reader of users, must stay below the 1 MiB that NATS carries.
  fc.integer({ min: 0, max: 5_000 }).map((length) => '😀'.repeat(length)),
);

test.serial('no message stops the intake: the event after it is stored', async (t) => {
  const consumption = takeLog({ ...intake, broker, log: silentLog });
  t.teardown(() => consumption.stop());
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(mutated(buildEvent()), anything, fc.uint8Array()), { minLength: 1, maxLength: 20 }),
      async (payloads) => {
        for (const payload of payloads) await publish('log.system.info', payload);
        const good = buildEvent();
        await publish('log.system.info', good);
        return (await soonOrAgain(() => isStored(good.id))) === true;
      },
    ),
    { numRuns: 30 },
  );
  t.true((await verifyChain(db)).ok);
});

test.serial('no message stops the projection of users: the user after it is stored', async (t) => {
  const people = followPeople({ db, broker, clock: intake.clock, log: silentLog });
  t.teardown(() => people.stop());
  const subject = fc.oneof(
    fc.uuid(),
    fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 60 })
      .filter((text) => !/[\s.*>\p{Cc}]/u.test(text)),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(subject, fc.oneof(mutated(buildUserEvent()), anything)), {
        minLength: 1,
        maxLength: 20,
      }),
      async (messages) => {
        for (const [of, payload] of messages) await publish(`users.${of}`, payload);
        const good = buildUserEvent({ username: newId().slice(-12) });
        await publish(`users.${good.id}`, good);
        const found = await soonOrAgain(() => queryOnce(db, findByUsername(good.username)));
        t.is(found, good.id);
      },
    ),
    { numRuns: 30 },
  );
});

test.serial('a user whose newest state cannot be read is not found by the old username', async (t) => {
  const people = followPeople({ db, broker, clock: intake.clock, log: silentLog });
  t.teardown(() => people.stop());
  const user = buildUserEvent({ username: 'oldname' });
  await publish(`users.${user.id}`, user);
  await soonOrAgain(async () => (await queryOnce(db, findByUsername('oldname'))) === user.id);
  await publish(`users.${user.id}`, { ...user, version: 2, username: 'n'.repeat(33) });
  t.truthy(await soonOrAgain(async () => (await queryOnce(db, findByUsername('oldname'))) === null));
  await publish(`users.${user.id}`, { ...user, version: 3, username: 'newname' });
  t.truthy(await soonOrAgain(async () => (await queryOnce(db, findByUsername('newname'))) === user.id));
  const outcome = await retryDeadLetters(db, { USERS: handlePeople(intake) }, envelopes.logging);
  t.is(outcome.failed > 0, true, 'it still cannot be read');
});

test.serial(
  'the operator’s command is an entry of the log itself, with the operator; one that finds nothing is none',
  async (t) => {
    const command = {
      service: 'logging' as const,
      envelope: () => envelopes.logging,
      handlingsFor: () => ({ LOG: handleLog(intake) }),
      record: async (_: unknown, event: ReceivedAuditEvent) => {
        lettersWhenLogged.push((await db('dead_letters')).length);
        await storeEvents(db, [event], new Date());
      },
    };
    const lettersWhenLogged: number[] = [];
    const lines: string[] = [];
    const run = (verb: string) => handleDeadLetters(db, command, verb, (line) => void lines.push(line));
    const logged = () => db('log_entries').where({ action: 'ADMIN_COMMAND' }).orderBy('sequence');
    await run('discard');
    t.is((await logged()).length, 0);
    const consumption = takeLog({ ...intake, broker, log: silentLog });
    t.teardown(() => consumption.stop());
    const later = buildEvent();
    await publish('log.system.warning', later);
    await publish('log.system.info', buildEvent({ level: 'LOUD' as 'INFO' }));
    await soonOrAgain(async () => (await db('dead_letters')).length === 2);
    await run('list');
    t.is(lines.length, 3);
    t.like(await run('retry'), { failed: 2 });
    t.like(await run('discard'), { failed: 0 });
    const [retried, entry, ...more] = await logged();
    t.is(more.length, 0);
    t.like(JSON.parse(retried.data), { command: 'dead-letters retry', count: 2 });
    t.deepEqual(lettersWhenLogged, [2, 2], 'before the first change');
    t.like(entry, { service: 'logging', level: 'WARNING', actor_id: null });
    const data = JSON.parse(entry.data);
    t.like(data, { command: 'dead-letters discard', count: 2, host: hostname() });
    t.is(typeof data.operator, 'string');
    await t.throwsAsync(run('forget'), { message: /use list, retry or discard/ });
    t.true((await verifyChain(db)).ok);
  },
);
