import { parseArgs } from 'node:util';
import { runCrashes } from './run-crashes.ts';

// Kills accounts and the database of a bank of its own at random moments under load; ends with status 1 where anything was lost or done twice.
const { values } = parseArgs({ options: { kills: { type: 'string', default: '50' } } });
const kills = Number(values.kills);
if (!Number.isSafeInteger(kills) || kills < 1) {
  console.error('npm run test:crash -- [--kills N]');
  process.exit(2);
}
const report = await runCrashes({ kills, tell: (text) => console.log(`  ${text}`) });
for (const fault of report.faults) console.error(`✘ ${fault}`);
console.log(
  `${report.faults.length === 0 ? '✔' : '✘'} accounts killed ${report.kills.accounts} times, the database ${report.kills.database} times in ${Math.round(report.seconds)} s
  ${report.sent} requests, ${report.sentAgain} of them sent again; ${report.acknowledged} answers, every one true: ${report.faults.length === 0 ? 'yes' : 'NO'}
  ${report.operations} operations, ${report.posted} posted; ${report.faults.length} faults`,
);
process.exit(report.faults.length === 0 ? 0 : 1);
