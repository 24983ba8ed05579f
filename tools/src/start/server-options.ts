import { join } from 'node:path';
import { DATABASE_SERVICES } from '@guichet/contract';
import { readJson, writeJson } from '@guichet/jobs/json-file';
import { migrationUserOf, schemaOf } from '@guichet/jobs/servers/schema-statements';
import { choosePorts, requestedPort } from '../ports.ts';
import { type BankPorts, type BankSettings, INNER_PORTS } from './settings.ts';

/** Checks the two ports that users open. The inner ports stay the same as last time if they are free. */
export async function portsOf(folder: string, environment: NodeJS.ProcessEnv): Promise<BankPorts> {
  const file = join(folder, 'ports.json');
  const inner = await choosePorts(INNER_PORTS, (await readJson<Record<string, number>>(file)) ?? {});
  const ports = {
    ...inner,
    public: await requestedPort('PORT', 8080, environment),
    mail_ui: await requestedPort('MAIL_UI_PORT', 8025, environment),
  };
  await writeJson(file, ports);
  return ports;
}

/** How the bank's database is run. */
export function databaseOptions({ folder, ports, secrets }: BankSettings) {
  return {
    folder: join(folder, 'database'),
    port: ports.database,
    rootPassword: secrets.databaseRoot,
    schemas: DATABASE_SERVICES.map((service) => ({
      schema: schemaOf(service),
      user: service,
      password: secrets.database[service],
      migrationUser: migrationUserOf(service),
      migrationPassword: secrets.databaseMigration[service],
    })),
    tlsFolder: join(folder, 'tls', 'mysql'),
  };
}

/** How the bank's NATS server is run. */
export function natsOptions({ folder, ports, secrets }: BankSettings) {
  return {
    folder: join(folder, 'nats'),
    port: ports.nats,
    monitorPort: ports.nats_monitor,
    tlsFolder: join(folder, 'tls', 'nats'),
    passwords: secrets.nats,
  };
}
