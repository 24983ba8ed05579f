import { DATABASE_SERVICES } from '@guichet/contract';
import { NATS_USERS } from '../servers/nats-permissions.ts';
import type { Values } from './rotate-values.ts';
import type { Secrets } from './secrets.ts';

/** The secrets of a bank outside Kubernetes, by the names and with the keys that they have in the chart. */
export function toNamedSecrets(secrets: Secrets): Record<string, Values> {
  const { eventKeys } = secrets;
  return {
    superuser: { password: secrets.superuser },
    'key-encryption': { key: secrets.keyEncryptionKey },
    'webhook-encryption': { key: secrets.webhookEncryptionKey },
    'log-signing': { key: secrets.logSigningKey },
    'event-keys': { ...eventKeys.secret, public: eventKeys.public },
    session: { session: secrets.session },
    ...each(DATABASE_SERVICES, 'database', secrets.database),
    ...each(DATABASE_SERVICES, 'database-migration', secrets.databaseMigration),
    ...each(NATS_USERS, 'nats', secrets.nats),
    mysql: { root: secrets.databaseRoot },
    demo: { seed: secrets.demo },
  };
}

/** The reverse of `toNamedSecrets`. */
export function fromNamedSecrets(named: Readonly<Record<string, Values>>): Secrets {
  const value = (name: string, key: string): string => named[name]?.[key] ?? '';
  const { public: publicKeys = '', ...secret } = named['event-keys'] ?? {};
  const passwords = <Name extends string>(names: readonly Name[], kind: string) =>
    Object.fromEntries(names.map((name) => [name, value(`${name}-${kind}`, 'password')])) as Record<
      Name,
      string
    >;
  return {
    databaseRoot: value('mysql', 'root'),
    database: passwords(DATABASE_SERVICES, 'database'),
    databaseMigration: passwords(DATABASE_SERVICES, 'database-migration'),
    nats: passwords(NATS_USERS, 'nats'),
    superuser: value('superuser', 'password'),
    keyEncryptionKey: value('key-encryption', 'key'),
    webhookEncryptionKey: value('webhook-encryption', 'key'),
    logSigningKey: value('log-signing', 'key'),
    session: value('session', 'session'),
    eventKeys: { secret: secret as Secrets['eventKeys']['secret'], public: publicKeys },
    demo: value('demo', 'seed'),
  };
}

function each<Name extends string>(
  names: readonly Name[],
  kind: string,
  passwords: Readonly<Record<Name, string>>,
): Record<string, Values> {
  return Object.fromEntries(names.map((name) => [`${name}-${kind}`, { password: passwords[name] }]));
}
