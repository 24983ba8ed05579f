import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runCli, UserError } from '@guichet/cli';
import { PROJECT } from '@guichet/tools';
import { FAULTS, type Fault, type PlannedFault, TARGETS } from '../faults/inject.ts';
import { runFaults, startFaultBank } from '../faults/run-faults.ts';
import { faultTable } from '../faults/table.ts';
import { writeTable } from '../faults/write-table.ts';

const USAGE = `Usage: npm run test:faults -- [--operations N] [--rate N] [--seconds N] [--faults ${FAULTS.join()}] [--only ${Object.keys(TARGETS).join()}] [--docs]`;
const PAGE = join(PROJECT, 'docs', 'faults.md');

// Kills, freezes and cuts off each process of a separate bank under load. Prints a table, writes it into the docs with `--docs`, and exits with status 1 if anything is lost or done twice.
await runCli(async () => {
  const { values } = parseArgs({
    options: {
      operations: { type: 'string', default: '20000' },
      rate: { type: 'string', default: '120' },
      seconds: { type: 'string', default: '10' },
      faults: { type: 'string', default: FAULTS.join() },
      only: { type: 'string', default: Object.keys(TARGETS).join() },
      docs: { type: 'boolean', default: false },
    },
  });
  const faults = listed(values.faults, FAULTS);
  const targets = listed(values.only, Object.keys(TARGETS));
  const planned: PlannedFault[] = targets.flatMap((target) =>
    faults.map((fault: Fault) => ({ fault, target })),
  );
  const run = {
    faults: planned,
    operations: positive(values.operations),
    rate: positive(values.rate),
    // Longer than a mail of a killed mailer waits for its next delivery.
    mailQuietMs: 150_000,
    lastsMs: positive(values.seconds) * 1000,
    say: (text: string) => console.log(`  ${text}`),
  };
  const bank = await startFaultBank();
  const report = await runFaults(bank, run).finally(() => bank.stop());
  for (const { kind, text } of report.findings.slice(0, 100)) console.error(`✘ ${kind}: ${text}`);
  const table = faultTable(report);
  console.log(`\n${table}`);
  if (values.docs) await writeTable(PAGE, table);
  return report.findings.length === 0 ? 0 : 1;
});

function listed<Name extends string>(text: string, known: readonly Name[]): Name[] {
  const names = text.split(',');
  const chosen = known.filter((name) => names.includes(name));
  if (chosen.length !== names.length) throw new UserError(USAGE);
  return chosen;
}

function positive(text: string): number {
  const number = Number(text);
  if (!(number > 0) || !Number.isFinite(number)) throw new UserError(USAGE);
  return number;
}
