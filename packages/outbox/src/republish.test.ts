import { hostname } from 'node:os';
import type { AuditEvent } from '@guichet/contract/events';
import { createLeasesTable, transaction } from '@guichet/database';
import { unpackEvents } from '@guichet/events';
import { silentLog } from '@guichet/log';
import { eventually, startTestNats, testBroker, testDatabase } from '@guichet/testing';
import test from 'ava';
import { enqueue } from './enqueue.ts';
import { startRelay } from './relay.ts';
import { readRepublication, republish } from './republish.ts';
import { createOutboxTables } from './tables.ts';

const { db, drop } = await testDatabase();
const nats = await startTestNats();
const STREAMS = ['LOG', 'MAIL', 'USERS'] as const;
const broker = await testBroker(nats, STREAMS);
const { manager } = await broker.whenReady();
await createOutboxTables(db);
await createLeasesTable(db);
const relay = startRelay({ db, broker, log: silentLog });
test.after.always(async () => {
  await relay.stop();
  await broker.close();
  await nats.remove();
  await drop();
});

const isPublished = () => eventually(async () => (await relay.stats()).depth === 0);
const since = () => new Date(Date.now() - 3_600_000);

async function messages(stream: (typeof STREAMS)[number]) {
  const { state } = await manager.streams.info(stream);
  const read = [];
  for (let seq = state.first_seq; seq <= state.last_seq; seq += 1) {
    const message = await manager.streams.getMessage(stream, { seq });
    const payloads = unpackEvents(message.data) ?? [Buffer.from(message.data).toString()];
    const events = payloads.map((text) => JSON.parse(text) as AuditEvent);
    read.push({ messageId: message.header.get('Nats-Msg-Id'), subject: message.subject, events });
  }
  return read;
}
const idsOf = (read: Awaited<ReturnType<typeof messages>>) =>
  read.flatMap(({ events }) => events.map(({ id }) => id));

test.serial(
  'events of a lost stream are published again, each once, under new message ids, and the log says so; users and mail are not',
  async (t) => {
    const write = (subject: string, ...ids: string[]) =>
      transaction(db, (trx) =>
        enqueue(
          trx,
          ids.map((id) => ({ id, subject, payload: { id } })),
        ),
      );
    await write('log.membres.info', 'a', 'b', 'c');
    await write('log.agents.info', 'd');
    await write('mail.activated', 'm');
    await write('users.ann', 'ann.1');
    await isPublished();
    const before = await messages('LOG');
    t.deepEqual(idsOf(before), ['a', 'b', 'c', 'd']);
    await db.raw("UPDATE outbox SET published_at = '2020-01-01' WHERE id = 'd'");

    // Not created again, so that the ids are still within the window in which JetStream drops them.
    await manager.streams.purge('LOG');
    t.is(await republish(db, 'auth', { since: since(), subject: '%', mail: false }), 3);
    await isPublished();
    const found = await messages('LOG');
    t.is(found.length, 2);
    const again = found.find(({ subject }) => subject === 'log.membres.info');
    const entry = found.find(({ subject }) => subject !== 'log.membres.info');
    t.deepEqual(idsOf(again === undefined ? [] : [again]), ['a', 'b', 'c']);
    t.not(again?.messageId, before[0]?.messageId);
    t.like(entry?.events[0], {
      action: 'OUTBOX_REPUBLISHED',
      service: 'auth',
      data: { events: 3, families: ['log', 'revocations'], host: hostname() },
    });
    t.is((await manager.streams.info('MAIL')).state.last_seq, 1);
    t.is((await manager.streams.info('USERS')).state.last_seq, 1);

    t.is(await republish(db, 'auth', { since: since(), subject: 'mail.%', mail: true }), 1);
    await isPublished();
    t.deepEqual(idsOf(await messages('MAIL')), ['m', 'm'], 'only because it was asked for');
    t.is(await republish(db, 'auth', { since: since(), subject: 'log.membres.%', mail: false }), 3);
    await isPublished();
    t.deepEqual((await messages('LOG')).filter(({ subject }) => subject === 'log.membres.info').length, 2);
  },
);

test.serial(
  'what is to be published again is logged before the first event is, in case the command ends in between',
  async (t) => {
    await db.raw(`CREATE TRIGGER outbox_broken BEFORE UPDATE ON outbox FOR EACH ROW
    BEGIN IF NEW.id LIKE '%~%' THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'broken'; END IF; END`);
    t.teardown(() => db.raw('DROP TRIGGER IF EXISTS outbox_broken'));
    const logged = async () =>
      (await messages('LOG')).filter(({ events }) => events[0]?.action === 'OUTBOX_REPUBLISHED').length;
    const before = await logged();
    await t.throwsAsync(republish(db, 'auth', { since: since(), subject: '%', mail: false }), {
      message: /broken/,
    });
    await isPublished();
    t.is(await logged(), before + 1);
  },
);

test('options are read, and what is wrong is named', (t) => {
  const now = new Date('2026-01-31T12:00:00Z');
  const read = (text: string) => readRepublication(text.split(' '), now);
  t.deepEqual(read('--since 90m'), { since: new Date('2026-01-31T10:30:00Z'), subject: '%', mail: false });
  t.deepEqual(read('--since 2026-01-30T00:00:00Z --subject log.*.info --mail'), {
    since: new Date('2026-01-30T00:00:00Z'),
    subject: 'log.%.info',
    mail: true,
  });
  t.throws(() => readRepublication([], now), { message: /since when/ });
  for (const wrong of ['--since', '--since yesterday', '--since 5', '--since 1h --subject a%b', '--all'])
    t.throws(() => read(wrong), { message: /no time|no pattern|unknown option/ }, wrong);
});
