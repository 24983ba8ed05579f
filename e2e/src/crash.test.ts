import test from 'ava';
import { runCrashes } from './crash/run-crashes.ts';

test('killing accounts and the database under load loses nothing that was acknowledged, and every key takes effect once', async (t) => {
  t.timeout(240_000);
  const { faults, kills, ...figures } = await runCrashes({ kills: 6 });
  t.log(JSON.stringify({ kills, ...figures }));
  t.deepEqual(faults, []);
  t.is(kills.accounts + kills.database, 6);
  t.true(figures.posted > 20, `${figures.posted} operations were posted`);
});
