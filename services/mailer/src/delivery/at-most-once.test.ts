import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { newId } from '@guichet/database';
import { ensureDurable } from '@guichet/events';
import { silentLog } from '@guichet/log';
import { eventually, startTestNats, testBroker } from '@guichet/testing';
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
import type { MailTaking } from './take-mail.ts';

const FIXTURE = fileURLToPath(new URL('taking.fixture.ts', import.meta.url));

const nats = await startTestNats();
const broker = await testBroker(nats, ['MAIL', 'MAIL_RECORDS', 'MAIL_DEAD_LETTERS', 'USERS', 'LOG']);
const { manager } = await broker.whenReady();
await ensureDurable(manager, 'MAIL', 'mailer', { ack_wait: 1_000_000_000 });
const smtp = await startTestSmtp();
const transport = openTestTransport(smtp);
const deps = deadLetterDeps(broker);
const { records, deadLetters } = deps;

const children = new Set<ChildProcess>();
const takings = new Set<MailTaking>();
function take(claiming: { validMs?: number; unsettledAfterMs?: number } = {}, own = broker): MailTaking {
  const taking = startTestTaking(own, transport, silentLog, { unsettledAfterMs: 500, ...claiming });
  takings.add(taking);
  return taking;
}
async function startMailer(): Promise<ChildProcess> {
  const [server = ''] = nats.settings.NATS_SERVERS;
  const child = spawn(process.execPath, [FIXTURE, server, String(smtp.port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.add(child);
  await once(createInterface({ input: child.stdout }), 'line');
  return child;
}

test.afterEach.always(async () => {
  smtp.refuse = () => null;
  smtp.beforeReply = async () => undefined;
  for (const child of children) child.kill('SIGKILL');
  children.clear();
  await Promise.all([...takings].map((taking) => taking.stop()));
  takings.clear();
  await eventually(() => broker.ready());
  await resendMails({ ...deps, discard: true });
});
test.after.always(async () => {
  transport.close();
  await broker.close();
  await smtp.stop();
  await nats.remove();
});

const received = (id: string) => receivedAs(smtp, id).length;
const stateOf = async (id: string) => (await records.find(id))?.state;
async function deadLetterOf(id: string) {
  for (let after = 0; ; ) {
    const next = await deadLetters.next(after);
    if (next === null || next.letter.mail_id === id) return next?.letter ?? null;
    after = next.sequence;
  }
}
const isUncertain = async (id: string) => (await deadLetterOf(id))?.cause === 'uncertain';
/** The entries of the log about a mail, once each. */
async function logged(id: string): Promise<string[]> {
  const { state } = await manager.streams.info('LOG');
  const entries = new Map<string, string>();
  for (let seq = Math.max(1, state.first_seq); seq <= state.last_seq; seq += 1) {
    const entry = (await manager.streams.getMessage('LOG', { seq })).json<{
      id: string;
      action: string;
      subject: { id: string } | null;
    }>();
    if (entry.subject?.id === id) entries.set(entry.id, entry.action);
  }
  return [...entries.values()];
}

test.serial(
  'a process that is killed after the server accepted a mail doesn’t make it be sent again',
  async (t) => {
    const child = await startMailer();
    smtp.beforeReply = async () => child.kill('SIGKILL');
    const mail = buildMail();
    await publishMail(broker, mail);
    await eventually(() => received(mail.id) === 1);
    smtp.beforeReply = async () => undefined;
    await startMailer();
    await eventually(() => isUncertain(mail.id));
    t.is(received(mail.id), 1);
    t.is(await stateOf(mail.id), 'uncertain');
    t.deepEqual(await logged(mail.id), ['MAIL_DEAD_LETTERED']);
    t.is((await manager.streams.info('MAIL')).state.messages, 0);

    t.like(await resendMails(deps), { handled: 0, uncertain: 1 });
    t.like(await resendMails({ ...deps, withUncertain: true }), { handled: 1 });
    await eventually(() => received(mail.id) === 2);
    t.is(received(mail.id), 2, 'an operator may decide to send it again');
  },
);

test.serial('whenever a process is killed, no mail is sent twice, and none is lost', async (t) => {
  const mails = Array.from({ length: 12 }, () => buildMail());
  const claims = broker.connection().subscribe('mailing.>');
  t.teardown(() => claims.unsubscribe());
  const claimed = claims[Symbol.asyncIterator]();
  for (let round = 0; round < 4; round += 1) {
    const child = await startMailer();
    const killed = claimed
      .next()
      .then(() => sleep(round * 3))
      .then(() => child.kill('SIGKILL'));
    for (const mail of mails.slice(round * 3, round * 3 + 3)) await publishMail(broker, mail);
    await killed;
    await once(child, 'exit');
  }
  take();
  await eventually(async () => (await manager.streams.info('MAIL')).state.messages === 0);
  for (const { id } of mails) {
    const state = await stateOf(id);
    t.true(received(id) <= 1, `${id} was sent ${received(id)} times`);
    t.true(state === 'uncertain' ? await isUncertain(id) : state === 'sent' && received(id) === 1, state);
  }
});

test.serial(
  'a frozen process that wakes after its mail was given up corrects the record, and sends nothing',
  async (t) => {
    const child = await startMailer();
    smtp.beforeReply = async () => child.kill('SIGSTOP');
    const mail = buildMail();
    await publishMail(broker, mail);
    await eventually(() => received(mail.id) === 1);
    take();
    await eventually(() => isUncertain(mail.id));
    child.kill('SIGCONT');
    await eventually(async () => (await stateOf(mail.id)) === 'sent');
    await eventually(async () => (await logged(mail.id)).includes('MAIL_SENT'));
    t.is(received(mail.id), 1);
    t.like(await resendMails({ ...deps, withUncertain: true }), { handled: 0, left: 1 });
  },
);

test.serial('a process that was frozen between the claim and the content sends no content', async (t) => {
  const mail = buildMail();
  let writes = 0;
  // Stands for a process that the system stops right after its claim was stored.
  const slow: typeof broker = {
    ...broker,
    async publish(message) {
      const sequence = await broker.publish(message);
      if (message.subject.startsWith('mailing.') && writes++ === 0) await sleep(300);
      return sequence;
    },
  };
  take({ validMs: 200 }, slow);
  await publishMail(broker, mail);
  await eventually(() => received(mail.id) === 1);
  await eventually(async () => (await stateOf(mail.id)) === 'sent');
  t.is(smtp.caught.filter(({ raw }) => raw === '').length, 0);
  // On a busy machine, more than one claim comes too late.
  t.true(writes >= 3, 'a claim that came too late, one that was used, and what became of the mail');
});

test.serial(
  'a claim of which NATS doesn’t say whether it’s stored sends nothing, and is followed by another',
  async (t) => {
    const mail = buildMail();
    let writes = 0;
    const deaf: typeof broker = {
      ...broker,
      async publish(message) {
        const sequence = await broker.publish(message);
        if (message.subject.startsWith('mailing.') && writes++ === 0) throw new Error('no answer in time');
        return sequence;
      },
    };
    take({}, deaf);
    await publishMail(broker, mail);
    await eventually(async () => (await stateOf(mail.id)) === 'sent');
    t.is(received(mail.id), 1);
    t.is(await deadLetterOf(mail.id), null);
  },
);

test.serial('a connection that is lost before the reply makes a mail uncertain', async (t) => {
  smtp.beforeReply = async () => 'cut';
  const mail = buildMail();
  await publishMail(broker, mail);
  take();
  await eventually(() => isUncertain(mail.id));
  await sleep(300);
  t.is(received(mail.id), 1);
  t.deepEqual(await logged(mail.id), ['MAIL_DEAD_LETTERED']);
});

test.serial('a mail that the server refuses after its content is tried again', async (t) => {
  let refusals = 1;
  smtp.beforeReply = async () => {
    refusals -= 1;
    if (refusals >= 0) throw Object.assign(new Error('greylisted'), { responseCode: 451 });
  };
  const mail = buildMail();
  await publishMail(broker, mail);
  take();
  await eventually(async () => (await stateOf(mail.id)) === 'sent');
  t.is(received(mail.id), 2, 'the test server keeps what it refuses');
  t.is(await deadLetterOf(mail.id), null);
});

test.serial('a mail that was refused before its content has no record', async (t) => {
  smtp.refuse = () => ({ code: 550, text: 'no such user' });
  const mail = buildMail();
  await publishMail(broker, mail);
  take();
  await eventually(() => deadLetterOf(mail.id));
  t.is(await records.find(mail.id), null);
});

test.serial('of two mailers, one sends a mail that came in two messages', async (t) => {
  const mail = buildMail();
  smtp.beforeReply = async () => sleep(200);
  const payload = Buffer.from(JSON.stringify(mail));
  for (const id of [newId(), newId(), newId(), newId()])
    await broker.publish({ id, subject: 'mail.activated', payload });
  const other = await testBroker(nats, ['MAIL', 'MAIL_RECORDS', 'MAIL_DEAD_LETTERS', 'USERS', 'LOG']);
  take({ unsettledAfterMs: 60_000 });
  take({ unsettledAfterMs: 60_000 }, other);
  await eventually(async () => (await manager.streams.info('MAIL')).state.messages === 0);
  t.is(received(mail.id), 1);
  t.deepEqual(await logged(mail.id), ['MAIL_SENT'], 'and it is logged once');
  for (const taking of takings) await taking.stop();
  await other.close();
});

test.serial(
  'a mail that was accepted while NATS was down is recorded and logged once NATS is back',
  async (t) => {
    smtp.beforeReply = async () => {
      await nats.kill();
      smtp.beforeReply = async () => undefined;
    };
    const mail = buildMail();
    await publishMail(broker, mail);
    take();
    await eventually(() => received(mail.id) === 1);
    await eventually(() => !broker.ready());
    await nats.start();
    await eventually(async () => broker.ready() && (await stateOf(mail.id)) === 'sent');
    await eventually(async () => (await manager.streams.info('MAIL')).state.messages === 0);
    t.is(received(mail.id), 1);
    t.deepEqual(await logged(mail.id), ['MAIL_SENT']);
  },
);

test.serial('a mail that is older than the records is only sent if an operator says so', async (t) => {
  const mail = buildMail({ time: new Date(Date.now() - 40 * 24 * 60 * 60_000).toISOString() });
  await publishMail(broker, mail);
  take();
  await eventually(async () => (await deadLetterOf(mail.id))?.cause === 'too_old');
  t.is(received(mail.id), 0);
  await resendMails(deps);
  await eventually(() => received(mail.id) === 1);
  t.is(received(mail.id), 1);
});
