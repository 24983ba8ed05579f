import { newId } from '@guichet/database';
import { userMessage } from '@guichet/events';
import { buildUserEvent, eventually, startTestNats, testBroker, testEnvelopes } from '@guichet/testing';
import test from 'ava';
import { resendMails } from '../dead-letters/resend-mails.ts';
import {
  buildMail,
  deadLetterDeps,
  openTestTransport,
  publishMail,
  receivedAs,
  startTestSmtp,
  startTestTaking,
} from '../fixtures.ts';

const STREAMS = ['MAIL', 'MAIL_RECORDS', 'MAIL_DEAD_LETTERS', 'USERS', 'LOG'] as const;

const nats = await startTestNats();
const envelopes = testEnvelopes();
const auth = await testBroker(nats, STREAMS, 'auth', envelopes.auth);
const mailer = await testBroker(nats, STREAMS, 'mailer', envelopes.mailer);
/** A client with a password for NATS but without the bank's keys. */
const stranger = await testBroker(nats, STREAMS, 'stranger');
const smtp = await startTestSmtp();
const transport = openTestTransport(smtp);
const taking = startTestTaking(mailer, transport);
test.after.always(async () => {
  await taking.stop();
  transport.close();
  await Promise.all([auth, mailer, stranger].map((broker) => broker.close()));
  await smtp.stop();
  await nats.remove();
});

const received = (id: string) => receivedAs(smtp, id);
const deadLetters = async () => {
  const { manager } = await mailer.whenReady();
  return (await manager.streams.info('MAIL_DEAD_LETTERS')).state.messages;
};

test.serial('a sealed mail is sent to the address in the sealed state of its user', async (t) => {
  const user = buildUserEvent({ email: 'zoe@example.org', email_confirmed: true });
  const { id, subject, payload } = userMessage(user);
  await auth.publish({ id, subject, payload: Buffer.from(JSON.stringify(payload)) });
  const mail = buildMail({ to: { user_id: user.id } });
  await publishMail(auth, mail);
  await eventually(() => received(mail.id).length === 1);
  t.is(received(mail.id)[0]?.to, 'zoe@example.org');
  const { manager } = await stranger.whenReady();
  const stored = await manager.streams.getMessage('USERS', { last_by_subj: subject });
  t.false(Buffer.from(stored.data).includes('zoe@example.org'));
});

test.serial('a mail that an attacker publishes is not sent, and is kept as a dead letter', async (t) => {
  const mail = buildMail();
  await publishMail(stranger, mail);
  await eventually(async () => (await deadLetters()) === 1);
  t.is(received(mail.id).length, 0);
  t.deepEqual(await resendMails(deadLetterDeps(mailer)), { handled: 0, uncertain: 0, left: 1 });
  t.is(await deadLetters(), 1, 'it stays a dead letter');
  await resendMails({ ...deadLetterDeps(mailer), discard: true });
  t.is(received(mail.id).length, 0);
});

test.serial('a mail that could not be opened is sent once the keys are right', async (t) => {
  const mail = buildMail();
  const id = newId();
  const subject = `mail.${mail.template}`;
  const payload = Buffer.from(JSON.stringify(mail));
  const letter = {
    mail_id: mail.id,
    subject,
    reason: 'sealed for another key',
    tries: 1,
    dead_since: new Date().toISOString(),
    payload: envelopes.auth.seal({ id, subject, payload }).toString('base64'),
    message_id: id,
    cause: 'unopened',
  };
  await mailer.publish({
    id: newId(),
    subject: `dead.${subject}`,
    payload: Buffer.from(JSON.stringify(letter)),
  });
  await resendMails(deadLetterDeps(mailer));
  await eventually(() => received(mail.id).length === 1);
  t.is(received(mail.id).length, 1);
});
