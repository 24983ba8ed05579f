import test from 'ava';
import { runCrashes } from './crash/run-crashes.ts';

test('killing accounts and the database loses nothing that was acknowledged, and every key, payment and line of interest takes effect once', async (t) => {
  t.timeout(600_000);
  const { faults, kills, posting, ...figures } = await runCrashes({
    kills: 6,
    payments: 3_000,
    savings: 500,
    postingKills: 3,
  });
  t.log(JSON.stringify({ kills, ...figures }));
  t.log(JSON.stringify(posting));
  t.deepEqual(faults, []);
  t.is(kills.accounts + kills.database, 6);
  t.true(figures.posted > 20, `${figures.posted} operations were posted`);
  t.is(posting.lines, 1_000);
  t.is(posting.kills.length, 3);
});
