import { setTimeout as sleep } from 'node:timers/promises';
import type { AuditEvent, ReceivedAuditEvent } from '@guichet/contract/events';
import { newId, queryOnce } from '@guichet/database';
import { logMessage, userMessage } from '@guichet/events';
import { silentLog } from '@guichet/log';
import { eventually, startTestNats, testBroker, testDatabase } from '@guichet/testing';
import test from 'ava';
import { readHead } from '../entries/store.ts';
import { buildEvent, MIGRATIONS } from '../fixtures.ts';
import { followPeople } from '../people/follow-people.ts';
import { findByUsername } from '../people/store.ts';
import { verifyChain } from '../verify/verify-chain.ts';
import { takeLog } from './take-log.ts';

const { db, drop } = await testDatabase({ migrations: MIGRATIONS, pool: 20 });
const nats = await startTestNats();
const broker = await testBroker(nats, ['LOG', 'USERS']);
test.after.always(async () => {
  await broker.close();
  await nats.remove();
  await drop();
});

const intake = {
  db,
  broker,
  log: silentLog,
  clock: () => new Date(),
  open: null,
  onStored: () => undefined,
  maxBatch: 20,
};

async function publish(events: readonly ReceivedAuditEvent[]): Promise<void> {
  for (const event of events) {
    const { id, subject, payload } = logMessage(event as AuditEvent);
    await eventually(() =>
      broker.publish({ id, subject, payload: Buffer.from(JSON.stringify(payload)) }).then(() => true),
    );
  }
}
const sequence = async () => (await queryOnce(db, readHead())).sequence;

test.serial('two consumers share the stream; each event is stored once', async (t) => {
  const events = Array.from({ length: 200 }, () => buildEvent());
  await publish(events.slice(0, 100));
  const consumers = [takeLog(intake), takeLog(intake)];
  await publish(events.slice(100));
  await eventually(async () => (await sequence()) === 200n);
  await Promise.all(consumers.map((consumer) => consumer.stop()));
  t.like(await verifyChain(db), { ok: true, checked: 200 });
});

test.serial('events that were published while logging was down are stored when it is back', async (t) => {
  await publish(Array.from({ length: 50 }, () => buildEvent()));
  await sleep(100);
  t.is(await sequence(), 200n);
  const consumer = takeLog(intake);
  t.truthy(await eventually(async () => (await sequence()) === 250n));
  await consumer.stop();
});

test.serial('when NATS is killed and started again, each event is stored exactly once', async (t) => {
  const consumer = takeLog(intake);
  await publish(Array.from({ length: 20 }, () => buildEvent()));
  await eventually(async () => (await sequence()) === 270n);
  await nats.kill();
  await sleep(200);
  await nats.start();
  await eventually(() => broker.ready());
  await publish(Array.from({ length: 20 }, () => buildEvent()));
  await eventually(async () => (await sequence()) === 290n, 40_000);
  await consumer.stop();
  t.like(await verifyChain(db), { ok: true, checked: 290 });
});

test.serial(
  'usernames come from the stream of users, and a deleted user’s username is removed',
  async (t) => {
    const user = {
      id: newId(),
      username: 'zoe',
      email: null,
      first_name: null,
      last_name: null,
      verified_name: null,
      email_confirmed: true,
      role: 'member',
      language: 'fr',
      refused_mails: [],
      mail_secret: null,
    } as const;
    const publishUser = async (version: number, status: 'active' | 'deleted') => {
      const { id, subject, payload } = userMessage({ ...user, version, status });
      await broker.publish({ id, subject, payload: Buffer.from(JSON.stringify(payload)) });
    };
    await publishUser(1, 'active');
    const people = followPeople({ db, broker, clock: intake.clock, log: silentLog });
    await eventually(async () => (await queryOnce(db, findByUsername('zoe'))) === user.id);
    await publishUser(2, 'deleted');
    t.truthy(await eventually(async () => (await queryOnce(db, findByUsername('zoe'))) === null));
    await people.stop();
  },
);
