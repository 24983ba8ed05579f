import { DATABASE_SERVICES, type DatabaseService, SERVICES, type ServiceName } from '@guichet/contract';
import type { Secrets } from '../secrets/secrets.ts';
import { natsConfiguration } from '../servers/nats-configuration.ts';
import { migrationUserOf, schemaOf, schemaStatements } from '../servers/schema-statements.ts';

/** The files of one process by name, besides its certificate, and the id of the user it runs as. */
export interface Files {
  owner: number;
  files: Readonly<Record<string, string>>;
}

const NODE_USER = 1000;
// The user of the official MySQL image.
const MYSQL_USER = 999;

/** The files at /run/guichet in each container of docker-compose.yml: only its own secrets. */
export function secretFiles(
  secrets: Secrets,
): Readonly<Record<ServiceName | 'streams' | 'mysql' | 'nats', Files>> {
  const own = Object.fromEntries(
    SERVICES.map((service) => [service, { owner: NODE_USER, files: serviceFiles(service, secrets) }]),
  ) as Record<ServiceName, Files>;
  return {
    ...own,
    streams: { owner: NODE_USER, files: { 'nats-password': secrets.nats.streams } },
    mysql: { owner: MYSQL_USER, files: mysqlFiles(secrets) },
    nats: { owner: NODE_USER, files: { 'nats.conf': natsFile(secrets) } },
  };
}

/** The files at /run/guichet-migration in a service's migration step; the service itself does not see them. */
export function migrationFiles(service: DatabaseService, secrets: Secrets): Files {
  return { owner: NODE_USER, files: { 'database-password': secrets.databaseMigration[service] } };
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
        'webhook-encryption-key': secrets.webhookEncryptionKey,
        ...events,
      };
    case 'logging':
      return {
        'database-password': secrets.database.logging,
        'nats-password': secrets.nats.logging,
        'log-signing-key': secrets.logSigningKey,
        ...events,
      };
    case 'mailer':
      return { 'nats-password': secrets.nats.mailer, ...events };
    case 'frontend':
      return { 'session-secret': secrets.session, 'nats-password': secrets.nats.frontend, ...events };
  }
}

/** The image reads *.sql from the folder at its first start. The probe connects as auth does, over TCP and TLS. */
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
