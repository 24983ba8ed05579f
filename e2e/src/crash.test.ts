import test from 'ava';
import { runCrashes } from './crash/run-crashes.ts';

test('accounts and the database are killed in the midst of work: what was acknowledged is there, and every key did its work once', async (t) => {
  t.timeout(240_000);
  const { faults, kills, ...figures } = await runCrashes({ kills: 6 });
  t.log(JSON.stringify({ kills, ...figures }));
  t.deepEqual(faults, []);
  t.is(kills.accounts + kills.database, 6);
  t.true(figures.posted > 20, `${figures.posted} operations were posted`);
});
