import { parseArgs } from 'node:util';
import { runCli, UserError } from '@guichet/cli';
import { runCrashes } from '../crash/run-crashes.ts';

// Kills accounts and the database of a separate bank at random moments under load, and while a payment file and an interest run are posted. Exits with status 1 if
// anything is lost or done twice.
await runCli(async () => {
  const { values } = parseArgs({ options: { kills: { type: 'string', default: '50' } } });
  const kills = Number(values.kills);
  if (!Number.isSafeInteger(kills) || kills < 1)
    throw new UserError('Usage: npm run test:crash -- [--kills N]');
  const report = await runCrashes({
    kills,
    payments: 10_000,
    savings: 3_000,
    postingKills: 9,
    say: (text) => console.log(`  ${text}`),
  });
  const { posting } = report;
  for (const fault of report.faults) console.error(`✘ ${fault}`);
  console.log(
    `${report.faults.length === 0 ? '✔' : '✘'} accounts killed ${report.kills.accounts} times, the database ${report.kills.database} times in ${Math.round(report.seconds)} s
  ${report.sent} requests, ${report.retried} of them retries; ${report.acknowledged} replies, all correct: ${report.faults.length === 0 ? 'yes' : 'NO'}
  ${report.operations} operations, ${report.posted} posted
  ${posting.payments} payments of a file and ${posting.lines} lines of interest posted in ${Math.round(posting.seconds)} s, with ${posting.kills.length} kills
  ${report.faults.length} faults`,
  );
  return report.faults.length === 0 ? 0 : 1;
});
