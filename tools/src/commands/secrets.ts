import { setTimeout as sleep } from 'node:timers/promises';
import { runCli, UserError } from '@guichet/cli';
import { AUTHORITY, runSecretsCommand } from '@guichet/jobs/secrets/run-secrets-command';
import { dataFolder } from '../project.ts';
import { holderOf } from '../start/data-folder.ts';

/** Processes look for other files every second; a loaded machine may take longer. */
const ALL_HAVE_READ_MS = 5_000;

// Lists or changes the secrets of the local bank, which reads them when it starts; only the authority's certificates it follows while it runs.
await runCli(async () => {
  const folder = dataFolder();
  const args = process.argv.slice(2);
  const pid = holderOf(folder);
  // `npm run keys` connects with the password in the file.
  if (pid !== null && args[0] !== 'list' && args[1] !== AUTHORITY)
    throw new UserError(`Guichet is running on ${folder} (process ${pid}). Stop it first.`);
  process.stdout.write(`${(await runSecretsCommand(folder, args)).join('\n')}\n`);
  if (pid !== null && args[1] === AUTHORITY) {
    process.stdout.write('Waiting until every process has read it …\n');
    await sleep(ALL_HAVE_READ_MS);
  }
  return 0;
});
