import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { UserError } from '@guichet/cli';
import type { DatabaseService, ServiceName } from '@guichet/contract';
import { readJson } from '@guichet/jobs/json-file';
import type { Secrets } from '@guichet/jobs/secrets/secrets';
import { dataFolder, NODE, PROJECT } from '../project.ts';
import { MEMORY, SMALL_HEAP } from './processes.ts';
import { type BankPorts, environmentOf, migrationEnvironmentOf } from './settings.ts';

/**
 * Runs a service's command on the local bank, or on the database that DATABASE_HOSTS and so on name; returns its exit status. With `mayMigrate`, it also gets the
 * migration user.
 * @throws UserError if there is no local bank
 */
export async function runServiceCommand(
  service: ServiceName,
  file: string,
  args: readonly string[] = [],
  { mayMigrate = false } = {},
): Promise<number> {
  const environment =
    process.env.DATABASE_HOSTS === undefined ? await localSettings(service, mayMigrate) : {};
  const child = spawn(NODE, [...MEMORY, join(PROJECT, 'services', service, 'src', file), ...args], {
    stdio: 'inherit',
    env: { ...process.env, ...SMALL_HEAP, ...environment },
  });
  const [code] = await once(child, 'exit');
  return code ?? 1;
}

async function localSettings(service: ServiceName, mayMigrate: boolean): Promise<Record<string, string>> {
  const folder = dataFolder();
  const ports = await readJson<BankPorts>(join(folder, 'ports.json'));
  const secrets = await readJson<Secrets>(join(folder, 'secrets.json'));
  if (ports === null || secrets === null) {
    throw new UserError(
      `There is no bank in ${folder}. Create one with npm start, or set GUICHET_DATA to another folder.`,
    );
  }
  const settings = {
    folder,
    ports,
    secrets,
    superuser: { username: '', email: '' },
    environment: process.env,
  };
  const migration = mayMigrate ? migrationEnvironmentOf(service as DatabaseService, settings) : {};
  return { ...migration, ...environmentOf(service, settings) };
}
