import { defaultRegistry } from '@guichet/metrics';
import { eventually, testDatabase } from '@guichet/testing';
import test from 'ava';
import { watchDatabase } from './database-metrics.ts';
import { watchOutbox } from './outbox-metrics.ts';

const samples = async () =>
  (await defaultRegistry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));

async function value(name: string): Promise<number | null> {
  const line = (await samples()).find((one) => one.startsWith(name));
  return line === undefined ? null : Number(line.split(' ').at(-1));
}

test.serial(
  'a database that answers is up, and the pool shows used connections and waiting requests',
  async (t) => {
    const { db, drop } = await testDatabase({ pool: 2 });
    watchDatabase(db, { replicas: null, writer: db });
    t.is(await value('guichet_database_up'), 1);
    t.is(await value('guichet_database_pool_max_connections'), 2);
    t.is(await value('guichet_database_writer{server='), 1);
    t.is(await value('guichet_database_writer_changes_total'), 0);
    t.is(await value('guichet_database_reads_total{server="replica"'), 0);
    const asleep = [1, 2, 3].map(() => db.raw('SELECT SLEEP(0.5)').then());
    await eventually(async () => (await value('guichet_database_pool_waiting_requests')) === 1);
    t.is(await value('guichet_database_pool_connections{state="used"'), 2);
    await Promise.all(asleep);
    t.is(await value('guichet_database_pool_connections{state="idle"'), 2);
    await drop();
    t.is(await value('guichet_database_up'), 0);
  },
);

test.serial('the number of waiting events and the age of the oldest are measured', async (t) => {
  watchOutbox({ stats: async () => ({ depth: 4, oldestSeconds: 12.5, deadLetters: 1 }) });
  t.is(await value('guichet_outbox_depth'), 4);
  t.is(await value('guichet_outbox_oldest_age_seconds'), 12.5);
});
