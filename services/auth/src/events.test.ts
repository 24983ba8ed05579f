import { silentLog } from '@guichet/log';
import { startRelay } from '@guichet/outbox';
import { eventually, startTestNats, testBroker, testEnvelopes } from '@guichet/testing';
import test from 'ava';
import { openTestAuth } from './fixtures.ts';

const STREAMS = ['LOG', 'MAIL', 'USERS', 'REVOCATIONS'] as const;

test('events reach JetStream after NATS was unavailable, each sealed to its readers', async (t) => {
  const auth = await openTestAuth();
  const nats = await startTestNats();
  const envelopes = testEnvelopes();
  const broker = await testBroker(nats, STREAMS, 'auth', envelopes.auth);
  await nats.kill();
  const { db } = auth.database;
  const relay = startRelay({ db, broker, log: silentLog });
  const person = await auth.person();
  const agent = await auth.person('agent');
  await auth.api.post(`/api/auth/users/${person.id}/deactivate`, undefined, { token: agent.token });
  await nats.start();

  const { manager } = await broker.whenReady();
  const last = async (
    stream: (typeof STREAMS)[number],
    subject: string,
    reader: 'accounts' | 'logging' | 'mailer',
  ) => {
    const stored = await eventually(() => manager.streams.getMessage(stream, { last_by_subj: subject }));
    t.throws(() => JSON.parse(Buffer.from(stored.data).toString()), undefined, subject);
    const id = stored.header.get('Nats-Msg-Id');
    const { data, sender } = envelopes[reader].open({ id, subject: stored.subject, data: stored.data });
    t.is(sender, 'auth');
    return { id, value: JSON.parse(data.toString()) };
  };
  const entry = await last('LOG', 'log.agents.info', 'logging');
  t.like(entry.value, { action: 'USER_DEACTIVATED', concerns: [person.id] });
  t.is(entry.id, entry.value.id);
  t.like((await last('MAIL', 'mail.deactivated', 'mailer')).value, { to: { email: person.email } });
  for (const reader of ['accounts', 'logging', 'mailer'] as const) {
    const { value } = await last('USERS', `users.${person.id}`, reader);
    t.like(value, { status: 'deactivated', version: 2 });
  }
  const [revocation] = await auth.revocations();
  t.deepEqual((await last('REVOCATIONS', 'revocations.>', 'accounts')).value, revocation);

  await relay.stop();
  await broker.close();
  await nats.remove();
  await auth.close();
});
