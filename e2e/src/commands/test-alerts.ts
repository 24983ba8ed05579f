import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { runCli, UserError } from '@guichet/cli';
import { PROJECT } from '@guichet/tools';
import { DRILLS } from '../alert-drill/drills/index.ts';
import { type DrilledAlert, runDrills } from '../alert-drill/run-drill.ts';
import { drillTable, mergedTable } from '../alert-drill/table.ts';
import { openWorld } from '../alert-drill/world.ts';

const PAGE = join(PROJECT, 'docs', 'operations', 'alert-drill.md');

// Fires the alerts in a separate bank, follows their runbooks and sees them resolve. Prints a table, writes it into the docs with `--docs`, and exits with status 1 if an alert did not
// fire or resolve.
await runCli(async () => {
  const { values } = parseArgs({
    options: { only: { type: 'string', default: '' }, docs: { type: 'boolean', default: false } },
  });
  const wanted = values.only.split(',');
  const drills = DRILLS.filter(({ alerts }) =>
    alerts.some((alert) => wanted.some((part) => alert.toLowerCase().includes(part.toLowerCase()))),
  );
  if (drills.length === 0)
    throw new UserError('Usage: npm run test:alerts -- [--only StreamFull,MailServerDown] [--docs]');
  const began = Date.now();
  console.log('Starting a bank and Prometheus …');
  const world = await openWorld();
  // A run that is interrupted keeps what it showed.
  const onResults = async (results: readonly DrilledAlert[]) => {
    if (values.docs) await writeIntoDocs(results.filter(({ failure }) => failure === null));
  };
  const results = await runDrills(world, drills, (text) => console.log(text), { onResults }).finally(() =>
    world.stop(),
  );
  const table = drillTable(results);
  console.log(`\n${table}\n\n${Math.round((Date.now() - began) / 60_000)} minutes`);
  if (values.docs) await writeIntoDocs(results);
  return results.every(({ failure }) => failure === null) ? 0 : 1;
});

async function writeIntoDocs(results: readonly DrilledAlert[]): Promise<void> {
  const page = await readFile(PAGE, 'utf8');
  const order = DRILLS.flatMap(({ alerts }) => alerts);
  const written = page.replace(
    /(<!-- drill:start -->\n)([\s\S]*)(<!-- drill:end -->)/,
    (_, start: string, before: string, end: string) =>
      `${start}\n${mergedTable(before, results, order)}\n\n${end}`,
  );
  await writeFile(PAGE, written);
}
