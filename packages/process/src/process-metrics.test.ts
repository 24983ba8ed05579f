import { consumerLag } from '@guichet/events';
import { defaultRegistry } from '@guichet/metrics';
import { eventually, startTestNats, testAuthority, testBroker } from '@guichet/testing';
import test from 'ava';
import { watchBroker, watchConsumers } from './broker-metrics.ts';
import { watchProcess } from './process-metrics.ts';

const samples = async () =>
  (await defaultRegistry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));

async function value(name: string): Promise<number | null> {
  const line = (await samples()).find((one) => one.startsWith(name));
  return line === undefined ? null : Number(line.split(' ').at(-1));
}

test.serial(
  'every metric has the labels service and bank, and release and certificates are measured',
  async (t) => {
    const authority = await testAuthority();
    t.teardown(() => authority.remove());
    const tlsDirectory = await authority.issue('accounts');
    watchProcess({ service: 'accounts', bank: 'north/guichet', tlsDirectory });
    for (const line of await samples())
      t.true(line.includes('bank="north/guichet",service="accounts"'), line);
    t.is(await value('guichet_build_info{version="'), 1);
    for (const certificate of ['own', 'authority']) {
      const expiry = await value(`guichet_certificate_expiry_timestamp_seconds{certificate="${certificate}"`);
      const inSeconds = (expiry ?? 0) - Date.now() / 1000;
      t.true(inSeconds > 3_000 && inSeconds < 3_700, `${certificate}: ${inSeconds}`);
    }
    // A renewed certificate shows without a restart.
    const before = await value('guichet_certificate_expiry_timestamp_seconds{certificate="own"');
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    await authority.issue('accounts', { directory: tlsDirectory });
    await eventually(
      async () =>
        ((await value('guichet_certificate_expiry_timestamp_seconds{certificate="own"')) ?? 0) >
        (before ?? 0),
    );
  },
);

test.serial('the lag of a consumer is measured; while NATS is down it has no value', async (t) => {
  const nats = await startTestNats();
  const broker = await testBroker(nats, ['MAIL']);
  t.teardown(async () => {
    await broker.close();
    await nats.remove();
  });
  watchBroker(broker);
  watchConsumers([{ stream: 'MAIL', consumer: 'mailer', lag: () => consumerLag(broker, 'MAIL', 'mailer') }]);
  t.is(await value('guichet_nats_up'), 1);
  await broker.publish({ id: '1', subject: 'mail.x', payload: Buffer.from('{}') });
  t.is(await value('guichet_consumer_lag_messages{stream="MAIL",consumer="mailer"'), 1);
  await nats.kill();
  await eventually(async () => (await value('guichet_nats_up')) === 0);
  t.is(await value('guichet_consumer_lag_messages'), null);
});
