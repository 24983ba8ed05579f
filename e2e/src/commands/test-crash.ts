import { parseArgs } from 'node:util';
import { runCli, UserError } from '@guichet/cli';
import { runCrashes } from '../crash/run-crashes.ts';

// Kills accounts and the database of a separate bank at random moments under load. Exits with status 1 if anything is lost or done twice.
await runCli(async () => {
  const { values } = parseArgs({ options: { kills: { type: 'string', default: '50' } } });
  const kills = Number(values.kills);
  if (!Number.isSafeInteger(kills) || kills < 1)
    throw new UserError('Usage: npm run test:crash -- [--kills N]');
  const report = await runCrashes({ kills, say: (text) => console.log(`  ${text}`) });
  for (const fault of report.faults) console.error(`✘ ${fault}`);
  console.log(
    `${report.faults.length === 0 ? '✔' : '✘'} accounts killed ${report.kills.accounts} times, the database ${report.kills.database} times in ${Math.round(report.seconds)} s
  ${report.sent} requests, ${report.retried} of them retries; ${report.acknowledged} replies, all correct: ${report.faults.length === 0 ? 'yes' : 'NO'}
  ${report.operations} operations, ${report.posted} posted; ${report.faults.length} faults`,
  );
  return report.faults.length === 0 ? 0 : 1;
});
