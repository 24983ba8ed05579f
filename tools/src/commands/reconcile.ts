import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { runCli, UserError } from '@guichet/cli';
import { readJson } from '@guichet/jobs/json-file';
import type { Secrets } from '@guichet/jobs/secrets/secrets';
import { dataFolder, NODE, PROJECT } from '../project.ts';
import { type BankPorts, environmentOf } from '../start/settings.ts';

// Reconciles the ledger of the local bank, or of the database named by DATABASE_HOST and so on. Exits with status 1 on a difference.
await runCli(async () => {
  const environment = process.env.DATABASE_HOST === undefined ? await localSettings() : {};
  const command = join(PROJECT, 'services', 'accounts', 'src', 'reconciliation', 'reconcile-command.ts');
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
      `There is no bank in ${folder}. Create one with npm start, or set GUICHET_DATA to another folder.`,
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
