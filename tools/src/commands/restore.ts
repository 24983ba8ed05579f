import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { runCli, UserError } from '@guichet/cli';
import { restore } from '../backup/restore.ts';
import { dataFolder } from '../project.ts';
import { terminalOutput } from '../start/output.ts';

// `npm run restore -- DUMP --identity KEY-FILE`: a bank in an empty data folder, from a dump and the sealed secrets beside it.
await runCli(async () => {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { identity: { type: 'string' } },
  });
  const [dump] = positionals;
  if (dump === undefined || values.identity === undefined)
    throw new UserError('Usage: npm run restore -- DUMP.sql.gz --identity KEY-FILE');
  const identity = /AGE-SECRET-KEY-1\w+/.exec(await readFile(values.identity, 'utf8'))?.[0];
  if (identity === undefined) throw new UserError(`There is no key of age in ${values.identity}.`);
  const folder = dataFolder();
  const output = terminalOutput(process.stdout, () => true);
  await restore(folder, { dump: resolve(dump), identity, output, environment: process.env });
  output.say(
    'Restored. Start the bank (npm start), then: npm run admin -- republish-users, npm run reconcile, npm run log -- verify',
  );
  return 0;
});
