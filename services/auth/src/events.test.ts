import { createOpener, createSealer, generateSealingKeys } from '@guichet/events';
import { silentLog } from '@guichet/log';
import { startRelay } from '@guichet/outbox';
import { eventually, startTestNats, testBroker } from '@guichet/testing';
import test from 'ava';
import { openTestAuth } from './fixtures.ts';

const STREAMS = ['LOG', 'MAIL', 'USERS', 'REVOCATIONS'] as const;

test('what happens here reaches JetStream, though NATS was away: log sealed, mail, user and revocation', async (t) => {
  const auth = await openTestAuth();
  const nats = await startTestNats();
  const broker = await testBroker(nats, STREAMS);
  await nats.kill();
  const keys = generateSealingKeys();
  const { db } = auth.database;
  const relay = startRelay({ db, broker, log: silentLog, sealLog: createSealer(keys.publicKey) });
  const person = await auth.person();
  const agent = await auth.person('agent');
  await auth.api.post(`/api/auth/users/${person.id}/deactivate`, undefined, { token: agent.token });
  await nats.start();

  const { manager } = await broker.whenReady();
  const last = (stream: (typeof STREAMS)[number], subject: string) =>
    eventually(() => manager.streams.getMessage(stream, { last_by_subj: subject }), 20_000);
  const entry = await last('LOG', 'log.agents.info');
  t.throws(() => JSON.parse(Buffer.from(entry.data).toString()));
  const opened = JSON.parse(createOpener(keys.secretKey)(Buffer.from(entry.data)).toString());
  t.like(opened, { action: 'USER_DEACTIVATED', concerns: [person.id] });
  t.is(entry.header.get('Nats-Msg-Id'), opened.id);
  t.like((await last('MAIL', 'mail.deactivated')).json<object>(), { to: { email: person.email } });
  t.like((await last('USERS', `users.${person.id}`)).json<object>(), { status: 'deactivated', version: 2 });
  const [revocation] = await auth.revocations();
  t.deepEqual((await last('REVOCATIONS', 'revocations.>')).json(), revocation);

  await relay.stop();
  await broker.close();
  await nats.remove();
  await auth.close();
});
