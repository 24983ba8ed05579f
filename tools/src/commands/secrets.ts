import { runCli, UserError } from '@guichet/cli';
import { runSecretsCommand } from '@guichet/jobs/secrets/run-secrets-command';
import { dataFolder } from '../project.ts';
import { holderOf } from '../start/data-folder.ts';

// Lists or changes the secrets of the local bank, which reads them when it starts.
await runCli(async () => {
  const folder = dataFolder();
  const args = process.argv.slice(2);
  const pid = holderOf(folder);
  // `npm run keys` connects with the password in the file.
  if (pid !== null && args[0] !== 'list')
    throw new UserError(`Guichet is running on ${folder} (process ${pid}). Stop it first.`);
  process.stdout.write(`${(await runSecretsCommand(folder, args)).join('\n')}\n`);
  return 0;
});
