import { setTimeout as sleep } from 'node:timers/promises';
import { newId } from '@guichet/database';
import { ensureDurable, packEvents, userMessage } from '@guichet/events';
import { createLog, silentLog } from '@guichet/log';
import { defaultRegistry } from '@guichet/metrics';
import { buildUserEvent, eventually, startTestNats, testBroker } from '@guichet/testing';
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

const nats = await startTestNats();
const broker = await testBroker(nats, ['MAIL', 'MAIL_RECORDS', 'MAIL_DEAD_LETTERS', 'USERS', 'LOG']);
const { manager } = await broker.whenReady();
await ensureDurable(manager, 'MAIL', 'mailer', { ack_wait: 1_000_000_000 });
const smtp = await startTestSmtp();
const transport = openTestTransport(smtp);
const start = (log = silentLog) => startTestTaking(broker, transport, log);
let taking = start();

test.after.always(async () => {
  await taking.stop();
  transport.close();
  await broker.close();
  await smtp.stop();
  await nats.remove();
});
test.beforeEach(() => {
  smtp.caught.length = 0;
  smtp.attempts = 0;
  smtp.refuse = () => null;
});

const countOf = async (stream: string) => {
  const { manager } = await broker.whenReady();
  return (await manager.streams.info(stream)).state.messages;
};
async function lastOf(stream: string, subject: string) {
  const { manager } = await broker.whenReady();
  return (await manager.streams.getMessage(stream, { last_by_subj: subject })).json<
    Record<string, unknown>
  >();
}
async function countWithheld(template: string): Promise<number> {
  const series = `guichet_mails_withheld_total{template="${template}"} `;
  const line = (await defaultRegistry.metrics()).split('\n').find((one) => one.startsWith(series));
  return Number(line?.slice(series.length));
}
const received = (id: string) => receivedAs(smtp, id);

test.serial('a mail is sent once, then removed from the stream', async (t) => {
  const mail = buildMail();
  await publishMail(broker, mail);
  await eventually(() => received(mail.id).length === 1);
  await eventually(async () => (await countOf('MAIL')) === 0);
  t.is(received(mail.id)[0]?.to, 'alice@example.org');
  t.is(received(mail.id)[0]?.header('X-Correlation-Id'), 'request-1');
});

test.serial('a mail that was sent is in the audit log, without what it says or to whom', async (t) => {
  const operationId = newId();
  const mail = buildMail({
    template: 'operation_decided',
    data: { operation_id: operationId, type: 'deposit', status: 'rejected', reason: 'Illegible' },
  });
  await publishMail(broker, mail);
  await eventually(
    async () => (await lastOf('LOG', 'log.system.info').catch(() => null))?.operation_id === operationId,
  );
  const entry = await lastOf('LOG', 'log.system.info');
  t.like(entry, {
    action: 'MAIL_SENT',
    service: 'mailer',
    actor: null,
    subject: { type: 'mail', id: mail.id },
    operation_id: operationId,
    data: { template: 'operation_decided' },
  });
  t.notRegex(JSON.stringify(entry), /alice|Illegible/i);
});

test.serial('a mail uses the user’s address and language at the time of sending', async (t) => {
  const user = buildUserEvent({
    username: 'zoe',
    email: 'old@example.org',
    first_name: 'Zoé',
    email_confirmed: true,
  });
  const mail = buildMail({ to: { user_id: user.id } });
  await publishMail(broker, mail);
  await sleep(60);
  t.is(received(mail.id).length, 0, 'no user with this id is known yet');
  for (const state of [user, { ...user, version: 2, email: 'zoe@example.org', language: 'fr' as const }]) {
    const { id, subject, payload } = userMessage(state);
    await broker.publish({ id, subject, payload: Buffer.from(JSON.stringify(payload)) });
  }
  const other = buildMail({ to: { user_id: user.id } });
  await publishMail(broker, other);
  await eventually(() => received(other.id).length === 1);
  t.is(received(other.id)[0]?.to, 'zoe@example.org');
  t.is(received(other.id)[0]?.header('Content-Language'), 'fr');
});

test.serial('a mail has the user’s name once their address is confirmed', async (t) => {
  for (const email_confirmed of [false, true]) {
    const id = newId();
    const user = buildUserEvent({
      id,
      username: 'lure',
      email: 'reader@example.org',
      first_name: 'win.example',
      email_confirmed,
    });
    const { subject, payload } = userMessage(user);
    await broker.publish({ id, subject, payload: Buffer.from(JSON.stringify(payload)) });
    const mail = buildMail({ to: { user_id: id } });
    await publishMail(broker, mail);
    await eventually(() => received(mail.id).length === 1);
    t.is(received(mail.id)[0]?.raw.includes('win.example'), email_confirmed);
  }
});

test.serial('a user who refuses decisions gets none from then on, and all other mails', async (t) => {
  const user = buildUserEvent({ email: 'zoe@example.org', email_confirmed: true });
  const publishUser = async (state: typeof user) => {
    const { id, subject, payload } = userMessage(state);
    await broker.publish({ id, subject, payload: Buffer.from(JSON.stringify(payload)) });
  };
  const data = { operation_id: newId(), type: 'deposit', status: 'posted', amount: 1, currency: 'EUR' };
  const decision = () => buildMail({ template: 'operation_decided', to: { user_id: user.id }, data });
  await publishUser(user);
  const before = decision();
  await publishMail(broker, before);
  await eventually(() => received(before.id).length === 1);

  await publishUser({ ...user, version: 2, refused_mails: ['decisions'] });
  const refused = decision();
  const other = buildMail({ to: { user_id: user.id } });
  const withheld = await countWithheld('operation_decided');
  for (const mail of [refused, other]) await publishMail(broker, mail);
  await eventually(() => received(other.id).length === 1);
  await eventually(async () => (await countOf('MAIL')) === 0);
  t.is(received(refused.id).length, 0);
  t.is(await countWithheld('operation_decided'), withheld + 1);
  const { last_seq: last } = (await manager.streams.info('LOG')).state;
  const newest = await Promise.all(
    [last - 1, last].map(async (seq) =>
      (await manager.streams.getMessage('LOG', { seq })).json<Record<string, unknown>>(),
    ),
  );
  const entry = newest.find(({ action }) => action === 'MAIL_WITHHELD');
  t.like(entry, { subject: { type: 'mail', id: refused.id }, data: { template: 'operation_decided' } });
});

test.serial(
  'mails that came in one message are sent one by one: a rejected one is retried without the others',
  async (t) => {
    const mails = Array.from({ length: 20 }, (_, index) =>
      buildMail({ to: { email: `reader${index}@example.org`, name: null, language: 'en' } }),
    );
    let refusals = 2;
    smtp.refuse = (address) => {
      if (address !== 'reader7@example.org') return null;
      refusals -= 1;
      return refusals >= 0 ? { code: 450, text: 'greylisted' } : null;
    };
    const { id, payload } = packEvents(mails.map((mail) => ({ id: mail.id, payload: JSON.stringify(mail) })));
    await broker.publish({ id, subject: 'mail.activated', payload: Buffer.from(payload) });
    await eventually(() => mails.every((mail) => received(mail.id).length > 0));
    await eventually(async () => (await countOf('MAIL')) === 0);
    t.true(mails.every((mail) => received(mail.id).length === 1));
  },
);

test.serial('a temporarily rejected mail is retried', async (t) => {
  let refusals = 2;
  smtp.refuse = () => {
    refusals -= 1;
    return refusals >= 0 ? { code: 450, text: 'greylisted' } : null;
  };
  const mail = buildMail();
  await publishMail(broker, mail);
  await eventually(() => received(mail.id).length === 1);
  t.is(smtp.attempts, 3);
});

test.serial('a mail that stays rejected becomes a dead letter, is logged, and can be put back', async (t) => {
  const before = await countOf('MAIL_DEAD_LETTERS');
  smtp.refuse = (address) => ({ code: 450, text: `mailbox of ${address} is full` });
  const mail = buildMail({ data: { operation_id: newId() } });
  await publishMail(broker, mail);
  await eventually(async () => (await countOf('MAIL_DEAD_LETTERS')) === before + 1);
  await eventually(async () => (await countOf('MAIL')) === 0);
  t.is(smtp.attempts, 3);
  t.like(await lastOf('MAIL_DEAD_LETTERS', 'dead.mail.activated'), { mail_id: mail.id, tries: 3 });
  const entry = await lastOf('LOG', 'log.system.error');
  t.like(entry, { action: 'MAIL_DEAD_LETTERED', level: 'ERROR', operation_id: mail.data.operation_id });
  t.is(entry.correlation_id, 'request-1');
  t.false(JSON.stringify(entry).includes('alice@example.org'));

  smtp.refuse = () => null;
  t.is((await resendMails(deadLetterDeps(broker))).handled, before + 1);
  await eventually(() => received(mail.id).length === 1);
  t.is(
    (await resendMails(deadLetterDeps(broker))).handled,
    0,
    'a mail that was put back is not put back again',
  );
});

test.serial('a permanently rejected mail becomes a dead letter at once', async (t) => {
  const before = await countOf('MAIL_DEAD_LETTERS');
  smtp.refuse = () => ({ code: 550, text: 'no such user' });
  await publishMail(broker, buildMail());
  await eventually(async () => (await countOf('MAIL_DEAD_LETTERS')) === before + 1);
  t.is(smtp.attempts, 1);
});

test.serial(
  'an invalid mail, or one without a template, becomes a dead letter and blocks no other',
  async (t) => {
    const before = await countOf('MAIL_DEAD_LETTERS');
    await broker.publish({ id: newId(), subject: 'mail.recover', payload: Buffer.from('no json') });
    await publishMail(broker, buildMail({ template: 'unheard_of' }));
    await publishMail(
      broker,
      buildMail({
        template: 'recover',
        data: { link: 'https://bank.example/recover?token=secret', extra: 1 },
      }),
    );
    await publishMail(broker, buildMail({ template: 'recover', data: { token: 'secret' } }));
    await eventually(() => smtp.caught.length === 1);
    await eventually(async () => (await countOf('MAIL_DEAD_LETTERS')) === before + 3);
    t.is((await lastOf('MAIL_DEAD_LETTERS', 'dead.mail.recover')).reason, 'data does not match the template');
    t.false(JSON.stringify(await lastOf('LOG', 'log.system.error')).includes('secret'));
  },
);

test.serial(
  'while the mail server is unavailable, mail waits, loses no attempt, and is sent once when the server is back',
  async (t) => {
    const before = await countOf('MAIL_DEAD_LETTERS');
    await smtp.stop();
    const mails = Array.from({ length: 30 }, () => buildMail());
    for (const mail of mails) await publishMail(broker, mail);
    await eventually(() => !taking.flowing);
    await sleep(2_500);
    t.is(await countOf('MAIL'), 30);
    await smtp.start();
    await eventually(() => mails.every(({ id }) => received(id).length > 0));
    await sleep(1_200);
    t.true(mails.every(({ id }) => received(id).length === 1));
    t.true(taking.flowing);
    t.is(await countOf('MAIL_DEAD_LETTERS'), before);
  },
);

test.serial(
  'a mailer that starts while the mail server is unavailable reports it before the first mail',
  async (t) => {
    await taking.stop();
    await smtp.stop();
    const lines: { msg: string; reason?: string }[] = [];
    const log = createLog({ service: 'mailer' }, { write: (line) => void lines.push(JSON.parse(line)) });
    taking = start(log);
    await eventually(() => !taking.flowing);
    const warning = lines.at(-1);
    await smtp.start();
    t.is(warning?.msg, 'mail server unavailable; emails wait in the stream');
    t.regex(warning?.reason ?? '', /ECONNREFUSED|ECONNRESET/);
    await eventually(() => taking.flowing);
  },
);

test.serial('a mail that was discarded is not sent, and no longer counted', async (t) => {
  await resendMails(deadLetterDeps(broker));
  smtp.refuse = () => ({ code: 550, text: 'no such user' });
  const before = await countOf('MAIL_DEAD_LETTERS');
  const mail = buildMail();
  await publishMail(broker, mail);
  await eventually(async () => (await countOf('MAIL_DEAD_LETTERS')) > before);
  await eventually(async () => (await countOf('MAIL')) === 0);
  smtp.refuse = () => null;
  t.true((await resendMails({ ...deadLetterDeps(broker), discard: true })).handled >= 1);
  t.is(await countOf('MAIL_DEAD_LETTERS'), 0);
  t.is((await resendMails(deadLetterDeps(broker))).handled, 0);
  await sleep(200);
  t.is(received(mail.id).length, 0);
});

test.serial('mail that is requested while the mailer is stopped is sent when it starts', async (t) => {
  await taking.stop();
  const mail = buildMail();
  await publishMail(broker, mail);
  taking = start();
  t.truthy(await eventually(() => received(mail.id).length === 1));
});

test.serial('no mail is lost when NATS is killed and started again', async (t) => {
  await nats.kill();
  await nats.start();
  await eventually(() => broker.ready());
  const mail = buildMail();
  await eventually(() => publishMail(broker, mail).then(() => true));
  t.truthy(await eventually(() => received(mail.id).length === 1));
});

test.serial('one unreadable mail in a message becomes a dead letter, and the others are sent', async (t) => {
  const before = await countOf('MAIL_DEAD_LETTERS');
  const mails = [buildMail(), buildMail()];
  const { id, payload } = packEvents([
    { id: mails[0]?.id as string, payload: JSON.stringify(mails[0]) },
    { id: 'odd', payload: '{"template":"activated"}' },
    { id: mails[1]?.id as string, payload: JSON.stringify(mails[1]) },
  ]);
  await broker.publish({ id, subject: 'mail.activated', payload: Buffer.from(payload) });
  await eventually(() => mails.every((mail) => received(mail.id).length === 1));
  await eventually(async () => (await countOf('MAIL_DEAD_LETTERS')) === before + 1);
  t.true(await eventually(async () => (await countOf('MAIL')) === 0));
});
