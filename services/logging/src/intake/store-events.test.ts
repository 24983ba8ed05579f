import { newId, queryOnce } from '@guichet/database';
import { testDatabase } from '@guichet/testing';
import test from 'ava';
import { readChain, readHead } from '../entries/store.ts';
import { buildEvent, MIGRATIONS } from '../fixtures.ts';
import { verifyChain } from '../verify/verify-chain.ts';
import { storeEvents } from './store-events.ts';

const { db, drop } = await testDatabase({ migrations: MIGRATIONS, pool: 20 });
test.after.always(drop);

test.serial('an event is stored once, even if it is delivered twice or is twice in one batch', async (t) => {
  const event = buildEvent();
  t.is((await storeEvents(db, [event, event])).stored, 1);
  t.is((await storeEvents(db, [event, buildEvent()])).stored, 1);
  const entries = await queryOnce(db, readChain(0n, 10));
  t.is(entries.filter(({ id }) => id === event.id).length, 1);
});

test.serial('concurrent consumers write one chain without a gap', async (t) => {
  const shared = Array.from({ length: 30 }, () => buildEvent());
  const batches = Array.from({ length: 16 }, (_, index) => [
    ...Array.from({ length: 10 }, () => buildEvent()),
    ...shared.slice(index, index + 10),
  ]);
  const before = (await queryOnce(db, readHead())).sequence;
  await Promise.all(batches.map((batch) => storeEvents(db, batch)));
  const { sequence } = await queryOnce(db, readHead());
  t.is(sequence - before, 160n + 25n);
  const outcome = await verifyChain(db);
  t.true(outcome.ok);
  t.is(outcome.checked, Number(sequence));
});

test.serial('an entry is read as it was published', async (t) => {
  const user = newId();
  const operation = newId();
  const event = buildEvent({
    time: '2026-03-29T01:30:00.123Z',
    service: 'auth',
    actor: { id: user, username: 'alice', role: 'member' },
    action: 'LOGIN',
    level: 'WARNING',
    subject: { type: 'operation', id: operation },
    concerns: [newId(), user],
    correlation_id: 'request-1',
    traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    message: 'Ça marche: 😀 \u0000 “x”, even a half of a pair \ud83d',
    data: { amount: 12, limits: { list: [1, null, 'é'] } },
  });
  await storeEvents(db, [event]);
  const entry = (await queryOnce(db, readChain((await queryOnce(db, readHead())).sequence - 1n, 1)))[0];
  t.like(entry, {
    id: event.id,
    time: new Date(event.time),
    service: 'auth',
    action: 'LOGIN',
    level: 'WARNING',
    actor: { id: user, role: 'member' },
    subject: event.subject,
    operationId: operation,
    correlationId: 'request-1',
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  });
  t.deepEqual(JSON.parse(entry?.data ?? ''), event.data);
  t.true((await verifyChain(db)).ok);
});

test.serial('the database itself refuses to change or remove an entry', async (t) => {
  await t.throwsAsync(db('log_entries').where({ sequence: 1 }).update({ message: 'nothing happened' }), {
    message: /append-only/,
  });
  await t.throwsAsync(db('log_entries').where({ sequence: 1 }).delete(), { message: /append-only/ });
  await storeEvents(db, [buildEvent({ concerns: [newId()] })]);
  await t.throwsAsync(db('log_concerns').delete(), { message: /append-only/ });
});
