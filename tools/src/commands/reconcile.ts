import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { runCli, UserError } from '@guichet/cli';
import { readJson } from '@guichet/jobs/json-file';
import type { Secrets } from '@guichet/jobs/secrets/secrets';
import { dataFolder, NODE, PROJECT } from '../project.ts';
import { type BankPorts, environmentOf } from '../start/settings.ts';

// Adds up the ledger of the local bank that runs here, or of the database that DATABASE_HOST and the like name; status 1 on a break.
await runCli(async () => {
  const environment = process.env.DATABASE_HOST === undefined ? await localSettings() : {};
  const command = join(PROJECT, 'services', 'accounts', 'src', 'ledger', 'reconcile-command.ts');
  const child = spawn(NODE, [command], {
    stdio: 'inherit',
    env: { ...process.env, ...environment },
  });
  const [code] = await once(child, 'exit');
  return code ?? 1;
});

async function localSettings(): Promise<Record<string, string>> {
  const folder = dataFolder();
  const ports = await readJson<BankPorts>(join(folder, 'ports.json'));
  const secrets = await readJson<Secrets>(join(folder, 'secrets.json'));
  if (ports === null || secrets === null) {
    throw new UserError(
      `There is no bank in ${folder}: npm start makes one, GUICHET_DATA names another folder.`,
    );
  }
  return environmentOf('accounts', {
    folder,
    ports,
    secrets,
    superuser: { username: '', email: '' },
    environment: process.env,
  });
}
