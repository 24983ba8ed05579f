import { hostname } from 'node:os';
import type { AuditEvent } from '@guichet/contract/events';
import { startTestNats, testBroker } from '@guichet/testing';
import test from 'ava';
import { buildMail, deadLetterDeps, publishDeadMail } from '../fixtures.ts';
import type { DeadMail } from './dead-mail.ts';
import { resendMails } from './resend-mails.ts';

const nats = await startTestNats();
const broker = await testBroker(nats, ['MAIL', 'MAIL_RECORDS', 'MAIL_DEAD_LETTERS', 'LOG']);
const deps = deadLetterDeps(broker);

test.after.always(async () => {
  await broker.close();
  await nats.remove();
});

async function addDeadMail(changes: Partial<DeadMail> = {}): Promise<string> {
  const mail = buildMail();
  await publishDeadMail(broker, mail, changes);
  return mail.id;
}

const messagesIn = async (stream: string) =>
  (await (await broker.whenReady()).manager.streams.info(stream)).state.messages;

test.serial('every dead letter is put back once, and the run is logged', async (t) => {
  await addDeadMail();
  await addDeadMail();
  t.deepEqual(await resendMails(deps), { handled: 2, uncertain: 0, left: 0 });
  t.is(await messagesIn('MAIL'), 2);
  t.is(await messagesIn('MAIL_DEAD_LETTERS'), 0);
  t.deepEqual(await resendMails(deps), { handled: 0, uncertain: 0, left: 0 });
  t.is(await messagesIn('LOG'), 1, 'a run that found none is not logged');
  const { manager } = await broker.whenReady();
  const { data } = (await manager.streams.getMessage('LOG', { seq: 1 })).json<AuditEvent>();
  t.like(data, { command: 'resend', count: 2, host: hostname() });
  t.is(typeof data.operator, 'string');
});

test.serial('a mail that may have been sent is put back only if the operator says so', async (t) => {
  await addDeadMail({ cause: 'uncertain' });
  const before = await messagesIn('MAIL');
  t.deepEqual(await resendMails(deps), { handled: 0, uncertain: 1, left: 0 });
  t.is(await messagesIn('MAIL'), before);
  t.deepEqual(await resendMails({ ...deps, withUncertain: true }), { handled: 1, uncertain: 0, left: 0 });
  t.is(await messagesIn('MAIL'), before + 1);
});

test.serial('a mail that was sent after all is not put back', async (t) => {
  const id = await addDeadMail();
  await deps.records.write(id, { state: 'sent', claim: 'late', at: new Date().toISOString() }, 0);
  const before = await messagesIn('MAIL');
  t.deepEqual(await resendMails({ ...deps, withUncertain: true }), { handled: 0, uncertain: 0, left: 1 });
  t.is(await messagesIn('MAIL'), before);
  t.is(await messagesIn('MAIL_DEAD_LETTERS'), 1);
});

test.serial(
  'a mail that another process claims meanwhile is left, and the others are put back',
  async (t) => {
    await resendMails({ ...deps, discard: true });
    const claimed = await addDeadMail();
    await addDeadMail();
    const at = new Date().toISOString();
    const { records } = deps;
    const racing = {
      ...records,
      find: async (id: string) => {
        const found = await records.find(id);
        if (id === claimed)
          await records.write(id, { state: 'claimed', claim: 'other', at }, found?.sequence ?? 0);
        return found;
      },
    };
    t.deepEqual(await resendMails({ ...deps, records: racing }), { handled: 1, uncertain: 0, left: 1 });
  },
);

test.serial('a run that fails on the way has its entry, which has the number of letters', async (t) => {
  await resendMails({ ...deps, discard: true });
  await addDeadMail();
  await addDeadMail();
  const before = await messagesIn('LOG');
  const deadLetters = { ...deps.deadLetters, remove: () => Promise.reject(new Error('NATS is down')) };
  await t.throwsAsync(resendMails({ ...deps, deadLetters, discard: true }), { message: 'NATS is down' });
  t.is(await messagesIn('LOG'), before + 1);
  const { manager } = await broker.whenReady();
  const { data } = (await manager.streams.getMessage('LOG', { seq: before + 1 })).json<AuditEvent>();
  t.like(data, { command: 'resend --discard', count: 2 });
});
