import { DATABASE_SERVICES, type DatabaseService, SERVICES, type ServiceName } from '@guichet/contract';
import type { Secrets } from '../secrets/secrets.ts';
import { natsConfiguration } from '../servers/nats-configuration.ts';
import { migrationUserOf, schemaOf, schemaStatements } from '../servers/schema-statements.ts';

/** The files of one process beside its certificate, by name, and the user that it runs as. */
export interface Files {
  owner: number;
  files: Readonly<Record<string, string>>;
}

const OURS = 1000;
// As the images have it.
const MYSQL = 999;

/** What each container of docker-compose.yml finds at /run/guichet: its own secrets and no other's. */
export function secretFiles(
  secrets: Secrets,
): Readonly<Record<ServiceName | 'streams' | 'mysql' | 'nats', Files>> {
  const own = Object.fromEntries(
    SERVICES.map((service) => [service, { owner: OURS, files: serviceFiles(service, secrets) }]),
  ) as Record<ServiceName, Files>;
  return {
    ...own,
    streams: { owner: OURS, files: { 'nats-password': secrets.nats.streams } },
    mysql: { owner: MYSQL, files: mysqlFiles(secrets) },
    nats: { owner: OURS, files: { 'nats.conf': natsFile(secrets) } },
  };
}

/** The files of a service's migration step at /run/guichet-migration, which the service itself does not see. */
export function migrationFiles(service: DatabaseService, secrets: Secrets): Files {
  return { owner: OURS, files: { 'database-password': secrets.databaseMigration[service] } };
}

function serviceFiles(service: ServiceName, secrets: Secrets): Record<string, string> {
  const events = {
    'event-secret-key': secrets.eventKeys.secret[service],
    'event-public-keys': secrets.eventKeys.public,
  };
  switch (service) {
    case 'auth':
      return {
        'database-password': secrets.database.auth,
        'nats-password': secrets.nats.auth,
        'superuser-password': secrets.superuser,
        'key-encryption-key': secrets.keyEncryptionKey,
        ...events,
      };
    case 'accounts':
      return {
        'database-password': secrets.database.accounts,
        'nats-password': secrets.nats.accounts,
        ...events,
      };
    case 'logging':
      return {
        'database-password': secrets.database.logging,
        'nats-password': secrets.nats.logging,
        ...events,
      };
    case 'mailer':
      return { 'nats-password': secrets.nats.mailer, ...events };
    case 'frontend':
      return { 'session-secret': secrets.session, 'nats-password': secrets.nats.frontend, ...events };
  }
}

/** The image's first start reads *.sql from the folder; the probe asks as auth does, over TCP and TLS. */
function mysqlFiles(secrets: Secrets): Record<string, string> {
  const schemas = DATABASE_SERVICES.map((service) => ({
    schema: schemaOf(service),
    user: service,
    password: secrets.database[service],
    migrationUser: migrationUserOf(service),
    migrationPassword: secrets.databaseMigration[service],
  }));
  return {
    'root-password': secrets.databaseRoot,
    'guichet.sql': `${schemaStatements(schemas, { tls: true }).join('\n')}\n`,
    'probe.cnf': `[client]\nprotocol=tcp\nhost=127.0.0.1\nuser=auth\npassword=${secrets.database.auth}\n`,
  };
}

function natsFile(secrets: Secrets): string {
  const configuration = natsConfiguration({
    folder: '/data',
    host: '0.0.0.0',
    port: 4222,
    monitorPort: 8222,
    tlsFolder: '/run/guichet/tls',
    passwords: secrets.nats,
  });
  return `${JSON.stringify(configuration, null, 2)}\n`;
}
