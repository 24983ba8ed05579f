import { consumerLag } from '@guichet/events';
import { defaultRegistry } from '@guichet/http';
import { eventually, startTestNats, testAuthority, testBroker, testDatabase } from '@guichet/testing';
import test from 'ava';
import { watchBroker, watchConsumers, watchOutbox, watchProcess } from './index.ts';
import { watchDatabase } from './watch-database.ts';

const samples = async () =>
  (await defaultRegistry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));

async function value(name: string): Promise<number | null> {
  const line = (await samples()).find((one) => one.startsWith(name));
  return line === undefined ? null : Number(line.split(' ').at(-1));
}

test.serial(
  'every metric says which service and which bank it is of, beside release and certificates',
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

test.serial('a database that answers is up; the pool says what is in use and who waits', async (t) => {
  const { db, drop } = await testDatabase({ pool: 2 });
  watchDatabase(db);
  t.is(await value('guichet_database_up'), 1);
  t.is(await value('guichet_database_pool_max_connections'), 2);
  const asleep = [1, 2, 3].map(() => db.raw('SELECT SLEEP(0.5)').then());
  await eventually(async () => (await value('guichet_database_pool_waiting_requests')) === 1);
  t.is(await value('guichet_database_pool_connections{state="used"'), 2);
  await Promise.all(asleep);
  t.is(await value('guichet_database_pool_connections{state="idle"'), 2);
  await drop();
  t.is(await value('guichet_database_up'), 0);
});

test.serial(
  'what a consumer is not done with shows; while NATS is away nothing shows but that',
  async (t) => {
    const nats = await startTestNats();
    const broker = await testBroker(nats, ['MAIL']);
    t.teardown(async () => {
      await broker.close();
      await nats.remove();
    });
    watchBroker(broker);
    watchConsumers([
      { stream: 'MAIL', consumer: 'mailer', lag: () => consumerLag(broker, 'MAIL', 'mailer') },
    ]);
    t.is(await value('guichet_nats_up'), 1);
    await broker.publish({ id: '1', subject: 'mail.x', payload: Buffer.from('{}') });
    t.is(await value('guichet_consumer_lag_messages{stream="MAIL",consumer="mailer"'), 1);
    await nats.kill();
    await eventually(async () => (await value('guichet_nats_up')) === 0);
    t.is(await value('guichet_consumer_lag_messages'), null);
  },
);

test.serial('the outbox shows how many events wait, and for how long', async (t) => {
  watchOutbox({ stats: async () => ({ depth: 4, oldestSeconds: 12.5, deadLetters: 1 }) });
  t.is(await value('guichet_outbox_depth'), 4);
  t.is(await value('guichet_outbox_oldest_age_seconds'), 12.5);
});
