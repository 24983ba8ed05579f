import { newId } from '@guichet/database';
import { consumeBatches, loggedDeadLetters } from '@guichet/events';
import { silentLog } from '@guichet/log';
import { eventually, startTestNats, testBroker } from '@guichet/testing';
import test from 'ava';
import { RESEND_CONSUMER, resendMails } from './resend-mails.ts';

const nats = await startTestNats();
const broker = await testBroker(nats, ['MAIL', 'MAIL_DEAD_LETTERS', 'LOG']);

test.after.always(async () => {
  await broker.close();
  await nats.remove();
});

const addDeadMail = async () =>
  broker.publish({
    id: newId(),
    subject: 'dead.mail.activated',
    payload: Buffer.from(
      JSON.stringify({
        mail_id: newId(),
        subject: 'mail.activated',
        reason: 'no such user',
        tries: 1,
        dead_since: new Date().toISOString(),
        payload: Buffer.from('{}').toString('base64'),
        message_id: newId(),
        opened: true,
      }),
    ),
  });

test('a dead letter that an earlier run left is not skipped for a newer one', async (t) => {
  await addDeadMail();
  let left = false;
  const earlier = consumeBatches({
    broker,
    stream: 'MAIL_DEAD_LETTERS',
    durable: RESEND_CONSUMER,
    log: silentLog,
    maxBatch: 50,
    parse: () => null,
    deadLetters: loggedDeadLetters(silentLog),
    onBatch: async (batch) => {
      for (const message of batch) message.retryAfter(1_500);
      left = true;
    },
  });
  await eventually(() => left);
  await earlier.stop();
  await addDeadMail();

  t.is(await resendMails({ broker, log: silentLog }), 2);
  const { manager } = await broker.whenReady();
  t.is((await manager.streams.info('MAIL')).state.messages, 2);
  t.is(await resendMails({ broker, log: silentLog }), 0);
  t.is((await manager.streams.info('LOG')).state.messages, 1, 'a run that found none is not logged');
});
