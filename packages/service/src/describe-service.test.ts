import { SERVICES } from '@guichet/contract';
import { buildServiceState, testAuthority, testDatabase } from '@guichet/testing';
import test from 'ava';
import { describeDeadLetters, describeOutbox, serviceDescriber } from './describe-service.ts';

const MIGRATIONS = new URL('../../../services/logging/migrations/', import.meta.url);
const SECRET = 'a'.repeat(43);
const settings = (tlsDirectory: string) => ({
  TLS_DIRECTORY: tlsDirectory,
  EVENT_SECRET_KEY: [SECRET],
  EVENT_PUBLIC_KEYS: SERVICES.filter((name) => name !== 'mailer').map(
    (name) => [name, 'b'.repeat(43)] as const,
  ),
});

test('a service describes its certificates, keys, database and consumers, without naming a secret, a host or a user', async (t) => {
  const authority = await testAuthority();
  t.teardown(() => authority.remove());
  const { db, runtime, drop } = await testDatabase({ migrations: MIGRATIONS });
  t.teardown(drop);
  const tls = await authority.issue('logging');
  const consumers = [
    { stream: 'LOG', consumer: 'logging', lag: async () => 7 },
    { stream: 'USERS', consumer: 'logging-people', lag: () => Promise.reject(new Error('NATS is down')) },
  ] as const;
  const broker = { ready: () => true } as never;
  const service = { settings: settings(tls), db: runtime, broker, ready: async () => ['database'] };
  const state = await serviceDescriber(service, MIGRATIONS, consumers)();
  t.deepEqual(Object.keys(state).sort(), Object.keys(buildServiceState()).sort());
  t.like(state, {
    missing: ['database'],
    event_keys: { own: 1, without_key: ['mailer'] },
    nats: { connected: true },
    database: { writable: true, migrations: { applied: 1, expected: 1 } },
  });
  t.deepEqual(state.nats.consumers, [
    { stream: 'LOG', consumer: 'logging', waiting: 7 },
    { stream: 'USERS', consumer: 'logging-people', waiting: null },
  ]);
  const [{ version }] = (await db.raw('SELECT VERSION() AS version'))[0];
  t.is(state.database?.version, version);
  t.true(Date.parse(state.certificates.own) > Date.now());
  for (const word of [SECRET, 'b'.repeat(43), tls, '127.0.0.1', 'BEGIN'])
    t.false(JSON.stringify(state).includes(word), word);
});

test('what does not answer is unknown, and the rest is known within a second', async (t) => {
  const authority = await testAuthority();
  t.teardown(() => authority.remove());
  const { runtime, drop } = await testDatabase({});
  await drop();
  const never = () => new Promise<never>(() => undefined);
  const service = {
    settings: settings(await authority.issue('logging')),
    db: runtime,
    broker: { ready: () => false } as never,
    ready: never,
  };
  const describe = serviceDescriber(service, MIGRATIONS, [
    { stream: 'LOG', consumer: 'logging', lag: never },
  ]);
  const [state, outbox, deadLetters] = await Promise.all([
    describe(),
    describeOutbox({ stats: never }),
    describeDeadLetters(runtime),
  ]);
  t.like(state, { missing: ['readiness check'], database: null, nats: { connected: false } });
  t.is(state.nats.consumers[0]?.waiting, null);
  t.is(outbox, null);
  t.is(deadLetters, null);
});

test('the outbox is described by what waits and what was refused', async (t) => {
  const stats = async () => ({ depth: 4, oldestSeconds: 12.5, deadLetters: 1 });
  t.deepEqual(await describeOutbox({ stats }), { waiting: 4, oldest_seconds: 12.5, refused: 1 });
});
