import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { dataFolder, NODE, PROJECT } from '../project.ts';
import { readJson } from '../start/data-folder.ts';
import type { Secrets } from '../start/secrets.ts';
import { type BankPorts, environmentOf } from '../start/settings.ts';
import { StopSentence, speakPlainly } from '../stop-sentence.ts';

// Adds up the ledger of the local bank that runs here, or of the database that DATABASE_HOST and the like name; status 1 on a break.
await speakPlainly(async () => {
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
    throw new StopSentence(
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
