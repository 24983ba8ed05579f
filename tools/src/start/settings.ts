import { join } from 'node:path';
import { DATABASE_SERVICES, type DatabaseService, SERVICES, type ServiceName } from '@guichet/contract';
import type { Secrets } from '@guichet/jobs/secrets/secrets';
import { migrationUserOf, schemaOf } from '@guichet/jobs/servers/schema-statements';
import { DATABASE_NODES, type DatabaseNode } from '../servers/database-nodes.ts';

/** The services that date events in the bank, and the one that knows old mails from new ones by their dates; only their clocks can be moved. */
export const CLOCKED_SERVICES = ['auth', 'accounts', 'mailer'] as const satisfies readonly ServiceName[];

/** The services that read ended sessions from auth every second. */
export const READ_FROM_AUTH = ['accounts', 'logging', 'mailer'] as const satisfies readonly ServiceName[];

/** The setting that moves the clock of such a service; 0 is the present. */
export function clockSetting(offsetSeconds: number): { CLOCK_OFFSET_SECONDS: string } {
  return { CLOCK_OFFSET_SECONDS: String(offsetSeconds) };
}

/** Every port of a bank except the two that users open. */
export const INNER_PORTS = [
  'database',
  'nats',
  'nats_monitor',
  'smtp',
  'mail_previews',
  'auth',
  'accounts',
  'logging',
  'mailer',
  ...SERVICES.map((name) => `${name}_admin` as const),
] as const;
type InnerPort = (typeof INNER_PORTS)[number];

/** The NATS processes of a bank, in order; it has the first, or all of them as a cluster. */
export const NATS_NODES = ['nats', 'nats-2', 'nats-3'] as const;
type NatsNode = (typeof NATS_NODES)[number];

/** The second process of a service, in a bank that has two of each. */
type SecondProcess = `${ServiceName}-2`;

/** The services that other services call; the balancer gives the frontend the public port. */
export const BALANCED_SERVICES = SERVICES.filter((service) => service !== 'frontend');

/** The process behind which a bank has two processes of each service. */
export const BALANCER = 'balancer';

/** More ports of a bank with clusters, or whose processes reach each other over links. */
export type FurtherPort =
  | Exclude<NatsNode, 'nats'>
  | `${Exclude<NatsNode, 'nats'>}_monitor`
  | `${NatsNode}_route`
  | Exclude<DatabaseNode, 'database'>
  | `${DatabaseNode}_${'group' | 'catch_up' | 'copy'}`
  | SecondProcess
  | `${SecondProcess}_admin`
  | `${Exclude<ServiceName, 'frontend'>}_balanced`
  | 'frontend';

export interface BankPorts extends Record<InnerPort, number>, Partial<Record<FurtherPort, number>> {
  /** The pages and the API. The frontend listens here, or on the port `frontend` if there is a link between. */
  public: number;
  /** The caught mail. */
  mail_ui: number;
}

export interface BankSettings {
  folder: string;
  ports: BankPorts;
  secrets: Secrets;
  superuser: { username: string; email: string };
  /** The user's settings; they reach the services unless the local bank sets the same name. */
  environment: NodeJS.ProcessEnv;
  /** The links between the processes, if there are any: the ports at which one reaches the others. */
  network?: { portsOf(client: string): Partial<BankPorts> } | null;
}

/** Whether each service has two processes behind the balancer. */
export function isBalanced(ports: Partial<BankPorts>): boolean {
  return ports['frontend-2'] !== undefined;
}

/** The database nodes that a bank with these ports has, in the order in which they are preferred as the writer. */
export function databaseNodesOf(ports: Partial<BankPorts>): DatabaseNode[] {
  return DATABASE_NODES.filter((node) => ports[node] !== undefined);
}

/** The addresses of the database nodes, as a process with these ports reaches them. */
function databaseHosts(ports: BankPorts): string {
  // By name, because the driver cannot check a certificate against an address when a TLS session is resumed.
  return databaseNodesOf(ports)
    .map((node) => `localhost:${ports[node]}`)
    .join();
}

/** The processes of a service that a bank with these ports has. */
export function processesOf(service: ServiceName, ports: Partial<BankPorts>): ServiceProcess[] {
  return ports[`${service}-2`] === undefined ? [service] : [service, `${service}-2`];
}

/** The names of a service's processes. */
export type ServiceProcess = ServiceName | SecondProcess;

/** The port on which a process listens for others. */
export function listeningPort(process: ServiceProcess, ports: BankPorts): number {
  // A frontend of its own takes the public port.
  return process === 'frontend' ? (ports.frontend ?? ports.public) : (ports[process] as number);
}

export function adminPort(process: ServiceProcess, ports: BankPorts): number {
  return ports[`${process}_admin`] as number;
}

/** The NATS processes that a bank with these ports has. */
export function natsNodesOf(ports: Partial<BankPorts>): NatsNode[] {
  return NATS_NODES.filter((node) => ports[node] !== undefined);
}

/** The addresses of the NATS nodes, as a process with these ports reaches them. */
export function natsServers(ports: BankPorts): string {
  return natsNodesOf(ports)
    .map((node) => `127.0.0.1:${ports[node]}`)
    .join();
}

/** The ports at which a process reaches the others. */
export function portsSeenBy(
  client: string,
  { ports, network }: Pick<BankSettings, 'ports' | 'network'>,
): BankPorts {
  const balanced = BALANCED_SERVICES.flatMap((service) => {
    const port = client === BALANCER ? undefined : ports[`${service}_balanced`];
    return port === undefined ? [] : [[service, port] as const];
  });
  return { ...ports, ...Object.fromEntries(balanced), ...network?.portsOf(client) };
}

/** The environment of a service's migration step: that of the service, without its password. */
export function migrationEnvironmentOf(
  service: DatabaseService,
  settings: BankSettings,
): Record<string, string> {
  const { DATABASE_PASSWORD: _, ...database } = databaseOf(service, settings);
  return {
    TLS_DIRECTORY: join(settings.folder, 'tls', service),
    ...database,
    DATABASE_MIGRATION_USER: migrationUserOf(service),
    DATABASE_MIGRATION_PASSWORD: settings.secrets.databaseMigration[service],
  };
}

export function publicUrl(ports: Pick<BankPorts, 'public'>): string {
  return `http://localhost:${ports.public}`;
}

/** The environment of a service's process: the user's settings, overridden by those that this bank's servers require. */
export function environmentOf(
  service: ServiceName,
  settings: BankSettings,
  process: ServiceProcess = service,
): Record<string, string> {
  const seen = { ...settings, ports: portsSeenBy(process, settings) };
  const own = {
    ...commonOf(service, seen),
    ...listening(process, settings.ports),
    ...clockSetting(0),
    ...OWN[service](seen),
  };
  return { ...userSettings(settings.environment, own), ...own };
}

function commonOf(service: ServiceName, settings: BankSettings): Record<string, string> {
  const { ports, secrets, folder } = settings;
  return {
    TLS_DIRECTORY: join(folder, 'tls', service),
    PUBLIC_URL: settings.environment.PUBLIC_URL || publicUrl(ports),
    NATS_SERVERS: natsServers(ports),
    NATS_USER: service,
    NATS_PASSWORD: secrets.nats[service],
    EVENT_SECRET_KEY: secrets.eventKeys.secret[service],
    EVENT_PUBLIC_KEYS: secrets.eventKeys.public,
    ...(isDatabaseService(service) ? databaseOf(service, settings) : {}),
  };
}

function listening(process: ServiceProcess, ports: BankPorts): Record<string, string> {
  return {
    HOST: '127.0.0.1',
    PORT: String(listeningPort(process, ports)),
    ADMIN_HOST: '127.0.0.1',
    ADMIN_PORT: String(adminPort(process, ports)),
  };
}

function isDatabaseService(service: ServiceName): service is DatabaseService {
  return DATABASE_SERVICES.includes(service as DatabaseService);
}

function databaseOf(service: DatabaseService, { ports, secrets }: BankSettings): Record<string, string> {
  return {
    DATABASE_HOSTS: databaseHosts(ports),
    DATABASE_NAME: schemaOf(service),
    DATABASE_USER: service,
    DATABASE_PASSWORD: secrets.database[service],
  };
}

const OWN: Readonly<Record<ServiceName, (settings: BankSettings) => Record<string, string>>> = {
  auth: ({ ports, secrets, superuser }) => ({
    SUPERUSER_USERNAME: superuser.username,
    SUPERUSER_EMAIL: superuser.email,
    SUPERUSER_PASSWORD: secrets.superuser,
    KEY_ENCRYPTION_KEY: secrets.keyEncryptionKey,
    ACCOUNTS_URL: serviceUrl(ports.accounts),
    LOGGING_URL: serviceUrl(ports.logging),
  }),
  accounts: ({ ports, secrets, folder, environment }) => ({
    AUTH_URL: serviceUrl(ports.auth),
    WEBHOOK_ENCRYPTION_KEY: secrets.webhookEncryptionKey,
    INCOMING_DIRECTORY: environment.INCOMING_DIRECTORY || incomingFolder(folder),
  }),
  logging: ({ ports, secrets, folder }) => ({
    AUTH_URL: serviceUrl(ports.auth),
    LOG_SIGNING_KEY: secrets.logSigningKey,
    LOG_CHECKPOINT_DIR: join(folder, 'checkpoints'),
  }),
  mailer: ({ ports, environment }) => ({
    AUTH_URL: serviceUrl(ports.auth),
    SMTP_HOST: '127.0.0.1',
    SMTP_PORT: String(ports.smtp),
    SMTP_SECURITY: 'none',
    MAIL_FROM: environment.MAIL_FROM || 'Guichet <bank@guichet.example>',
  }),
  frontend: ({ ports, secrets }) => ({
    AUTH_URL: serviceUrl(ports.auth),
    ACCOUNTS_URL: serviceUrl(ports.accounts),
    LOGGING_URL: serviceUrl(ports.logging),
    MAILER_URL: serviceUrl(ports.mailer),
    SESSION_SECRET: secrets.session,
    STYLEGUIDE: 'on',
    // The balancer writes the client's address, and drops what the client wrote.
    ...(isBalanced(ports) ? { FORWARDED_HOPS: '1' } : {}),
  }),
};

/** Where files from other banks are put. */
export function incomingFolder(folder: string): string {
  return join(folder, 'incoming');
}

function serviceUrl(port: number): string {
  return `https://127.0.0.1:${port}`;
}

/** The user's settings without npm's, and without the `_FILE` variant of a setting that we set. */
function userSettings(environment: NodeJS.ProcessEnv, own: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) => {
      const isFileVariant = name.endsWith('_FILE') && name.slice(0, -'_FILE'.length) in own;
      return value === undefined || isFileVariant || /^npm_/i.test(name) ? [] : [[name, value]];
    }),
  );
}
