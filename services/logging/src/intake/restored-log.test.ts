import type { ReceivedAuditEvent } from '@guichet/contract/events';
import { createLeasesTable, queryOnce, transaction } from '@guichet/database';
import { logSubject } from '@guichet/events';
import { silentLog } from '@guichet/log';
import { publicKeysOf } from '@guichet/log-checkpoints';
import { createOutboxTables, enqueue, handleOutbox, startRelay } from '@guichet/outbox';
import { eventually, startTestNats, testBroker, testDatabase } from '@guichet/testing';
import test from 'ava';
import { signEnd } from '../checkpoints/sign-end.ts';
import { readNewest } from '../checkpoints/store.ts';
import { buildEvent, MIGRATIONS, newCheckpointKeys } from '../fixtures.ts';
import { verifyChain } from '../verify/verify-chain.ts';
import { takeLog } from './take-log.ts';

const { db, drop } = await testDatabase({ migrations: MIGRATIONS, pool: 10 });
const producer = await testDatabase();
const nats = await startTestNats();
const broker = await testBroker(nats, ['LOG']);
await createOutboxTables(producer.db);
await createLeasesTable(producer.db);
const relay = startRelay({ db: producer.db, broker, log: silentLog });
test.after.always(async () => {
  await relay.stop();
  await broker.close();
  await nats.remove();
  await Promise.all([drop(), producer.drop()]);
});

const keys = newCheckpointKeys();
const verify = (kept?: Parameters<typeof verifyChain>[1]) =>
  verifyChain(db, { keys: publicKeysOf(keys.published), ...kept });
const count = async () => Number((await db('log_entries').count({ n: '*' }))[0]?.n);

/** Events of accounts, several in a commit, as its use cases leave them. */
async function commitEvents(number: number): Promise<ReceivedAuditEvent[]> {
  const events = Array.from({ length: number }, () => buildEvent());
  for (let at = 0; at < number; at += 7)
    await transaction(producer.db, (trx) =>
      enqueue(
        trx,
        events
          .slice(at, at + 7)
          .map((event) => ({ id: event.id, subject: logSubject(event), payload: event })),
      ),
    );
  return events;
}

async function tables(): Promise<string[]> {
  const [rows] = await db.raw('SHOW FULL TABLES WHERE Table_type = "BASE TABLE"');
  return (rows as Record<string, string>[])
    .map((row) => Object.values(row)[0] ?? '')
    .filter((name) => !name.startsWith('dump_') && !/knex|leases/.test(name));
}

async function dump(): Promise<void> {
  for (const name of await tables()) await db.raw(`CREATE TABLE dump_${name} AS SELECT * FROM ${name}`);
}

/** Replaces the schema by its dump, as a restore does: the triggers don't see it. */
async function restore(): Promise<void> {
  for (const name of await tables()) {
    await db.raw(`TRUNCATE TABLE ${name}`);
    await db.raw(`INSERT INTO ${name} SELECT * FROM dump_${name}`);
  }
}

test('after the log was restored from a dump, publishing again fills it, each entry once, and only checkpoints from after the dump contradict it', async (t) => {
  const open = () =>
    takeLog({ db, broker, log: silentLog, clock: () => new Date(), onStored: () => undefined });
  const sign = () => signEnd({ db, keys, clock: () => new Date() });
  const first = open();
  const before = await commitEvents(40);
  await eventually(async () => (await count()) === 40);
  await sign();
  await dump();
  // Of a process without an outbox, such as the mailer: only the stream and the log have it.
  const unboxed = buildEvent({ service: 'mailer' });
  const payload = Buffer.from(JSON.stringify(unboxed));
  await broker.publish({ id: unboxed.id, subject: logSubject(unboxed), payload });
  await eventually(async () => (await count()) === 41);
  const after = await commitEvents(60);
  await eventually(async () => (await count()) === 101);
  await sign();
  const kept = await queryOnce(db, readNewest(10));
  t.like(await verify({ kept }), { ok: true, checked: 101 });
  await first.stop();
  await restore();

  const second = open();
  t.teardown(() => second.stop());
  t.is(await count(), 40, 'the stream delivers what was acknowledged to no one again');
  t.like(await verify(), { ok: true, checked: 40 }, 'the chain alone shows no loss');
  const cut = await verify({ kept });
  t.like(cut, { ok: false });
  t.regex(cut.reason ?? '', /cut/);

  const [printed] = await handleOutbox(producer.db, 'accounts', ['republish', '--since', '1h']);
  t.regex(printed ?? '', /^100 events/);
  await eventually(async () => (await count()) >= 101 && (await second.lag()) === 0);
  const stored: { id: string; action: string }[] = await db('log_entries').orderBy('sequence');
  t.is(stored.length, 101);
  t.deepEqual(
    stored.slice(0, 40).map(({ id }) => id),
    (await db('dump_log_entries').orderBy('sequence')).map(({ id }: { id: string }) => id),
  );
  const all = [...before, ...after].map(({ id }) => id);
  t.deepEqual(
    new Set(stored.filter(({ action }) => action !== 'OUTBOX_REPUBLISHED').map(({ id }) => id)),
    new Set(all),
  );
  t.is(stored.filter(({ action }) => action === 'OUTBOX_REPUBLISHED').length, 1);
  await sign();
  t.like(await verify(), { ok: true, checked: 101 });
  t.like(await verify({ kept: kept.filter(({ sequence }) => sequence <= 40n) }), { ok: true });
  // Without the mailer's event the end is another one, which looks like a forged one.
  const rewritten = await verify({ kept });
  t.like(rewritten, { ok: false, firstBreak: 101n });
  t.regex(rewritten.reason ?? '', /rewritten/);
});
