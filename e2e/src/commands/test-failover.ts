import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runCli, UserError } from '@guichet/cli';
import { ensureMysql, PROJECT } from '@guichet/tools';
import { eventOf, failovers } from '../faults/failover.ts';
import { runFaults, startFaultBank } from '../faults/run-faults.ts';
import { faultTable } from '../faults/table.ts';
import { writeTable } from '../faults/write-table.ts';

const USAGE =
  'Usage: npm run test:failover -- [--operations N] [--rate N] [--seconds N] [--only <part of a fault>,<part of a fault>] [--mysql] [--docs]';
const PAGE = join(PROJECT, 'docs', 'failover.md');

// Kills, freezes and cuts off nodes and processes of a separate bank with three of everything under load; with `--mysql`, its database is a MySQL group and not a Galera cluster. Prints a table, writes it into the docs with `--docs`, and exits with status 1 if anything is lost or done twice.
await runCli(async () => {
  const { values } = parseArgs({
    options: {
      operations: { type: 'string', default: '10000' },
      rate: { type: 'string', default: '100' },
      seconds: { type: 'string', default: '10' },
      only: { type: 'string', default: '' },
      mysql: { type: 'boolean', default: false },
      docs: { type: 'boolean', default: false },
    },
  });
  const parts = values.only.split(',');
  const { mysql } = values;
  const chosen = failovers({ mysql }).filter(({ name }) => parts.some((part) => name.includes(part.trim())));
  if (chosen.length === 0) throw new UserError(`${USAGE}\nFaults:\n${names(mysql)}`);
  const lastsMs = positive(values.seconds) * 1000;
  const database = mysql ? await ensureMysql((text) => console.log(text)) : undefined;
  const bank = await startFaultBank({ cluster: true, database });
  const report = await runFaults(bank, {
    faults: chosen.map((one) => eventOf(one, lastsMs)),
    operations: positive(values.operations),
    rate: positive(values.rate),
    // Longer than a mail of a killed mailer waits for its next delivery.
    mailQuietMs: 150_000,
    lastsMs,
    say: (text: string) => console.log(`  ${text}`),
  }).finally(() => bank.stop());
  for (const { kind, text } of report.findings.slice(0, 100)) console.error(`✘ ${kind}: ${text}`);
  const table = faultTable(report);
  console.log(`\n${table}`);
  if (values.docs) await writeTable(PAGE, table, mysql ? 'mysql' : 'faults');
  return report.findings.length === 0 ? 0 : 1;
});

function names(mysql: boolean): string {
  return failovers({ mysql })
    .map(({ name }) => `  ${name}`)
    .join('\n');
}

function positive(text: string): number {
  const number = Number(text);
  if (!(number > 0) || !Number.isFinite(number)) throw new UserError(USAGE);
  return number;
}
