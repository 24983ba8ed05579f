import { newId } from '@guichet/database';
import { consumeBatches } from '@guichet/events';
import { silentLog } from '@guichet/log';
import { eventually, startTestNats, testBroker } from '@guichet/testing';
import test from 'ava';
import { RESEND_CONSUMER, resendAsides } from './resend-asides.ts';

const nats = await startTestNats();
const broker = await testBroker(nats, ['MAIL', 'MAIL_ASIDE']);

test.after.always(async () => {
  await broker.close();
  await nats.remove();
});

const setOneAside = async () =>
  broker.publish({
    id: newId(),
    subject: 'aside.mail.activated',
    payload: Buffer.from(
      JSON.stringify({
        mail_id: newId(),
        subject: 'mail.activated',
        reason: 'no such user',
        tries: 1,
        set_aside_at: new Date().toISOString(),
        payload: Buffer.from('{}').toString('base64'),
      }),
    ),
  });

test('one that an earlier run left for the next is not passed over for a younger one', async (t) => {
  await setOneAside();
  let left = false;
  const earlier = consumeBatches({
    broker,
    stream: 'MAIL_ASIDE',
    durable: RESEND_CONSUMER,
    log: silentLog,
    maxBatch: 50,
    onBatch: async (batch) => {
      for (const message of batch) message.retryAfter(1_500);
      left = true;
    },
  });
  await eventually(() => left);
  await earlier.stop();
  await setOneAside();

  t.is(await resendAsides({ broker, log: silentLog }), 2);
  const { manager } = await broker.whenReady();
  t.is((await manager.streams.info('MAIL')).state.messages, 2);
  t.is(await resendAsides({ broker, log: silentLog }), 0);
});
