import { silentLog } from '@guichet/log';
import { defaultRegistry } from '@guichet/metrics';
import { eventually, testDatabase } from '@guichet/testing';
import test from 'ava';
import { buildEvent, MIGRATIONS } from '../fixtures.ts';
import { storeEvents } from '../intake/store-events.ts';
import { watchLog } from '../metrics.ts';
import { keepVerifying } from './keep-verifying.ts';

async function value(name: string): Promise<number | null> {
  const lines = (await defaultRegistry.metrics()).split('\n');
  const line = lines.find((one) => one.startsWith(`${name} `));
  return line === undefined ? null : Number(line.split(' ').at(-1));
}

test('the chain is verified regularly, and a changed entry is found', async (t) => {
  const { db, drop } = await testDatabase({ migrations: MIGRATIONS });
  t.teardown(drop);
  watchLog({ db, streams: () => 2, checkpointEverySeconds: 60 });
  t.is(await value('guichet_log_streams_open'), 2);
  t.is(await value('guichet_log_chain_ok'), null, 'the metric has no value before the first verification');
  await storeEvents(db, [buildEvent(), buildEvent(), buildEvent()]);

  const verifying = keepVerifying(
    { db, log: silentLog, keys: new Map() },
    { everySeconds: 0.2, restFactor: 0 },
  );
  t.teardown(() => verifying.stop());
  await eventually(async () => (await value('guichet_log_chain_ok')) === 1);
  t.is(await value('guichet_log_chain_entries'), 3);
  const at = (await value('guichet_log_chain_verified_timestamp_seconds')) ?? 0;
  t.true(Math.abs(at - Date.now() / 1000) < 60);

  await db.raw('DROP TRIGGER log_entries_no_update');
  await db.raw("UPDATE log_entries SET message = 'x' WHERE sequence = 2");
  await eventually(async () => (await value('guichet_log_chain_ok')) === 0);
  t.is(await value('guichet_log_chain_entries'), 1);
});
