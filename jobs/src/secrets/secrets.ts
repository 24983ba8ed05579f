import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { DATABASE_SERVICES, type DatabaseService, SERVICES, type ServiceName } from '@guichet/contract';
import { generateSealingKeys } from '@guichet/events';
import { readJson, writeJson } from '../json-file.ts';
import { NATS_USERS, type NatsUserName } from '../servers/nats-permissions.ts';

/** All secrets of a bank outside Kubernetes, generated once per data folder. */
export interface Secrets {
  databaseRoot: string;
  database: Record<DatabaseService, string>;
  /** The passwords of the users that migrate the schemas. */
  databaseMigration: Record<DatabaseService, string>;
  nats: Record<NatsUserName, string>;
  superuser: string;
  keyEncryptionKey: string;
  /** Seals the secrets of webhooks in the database. */
  webhookEncryptionKey: string;
  /** Signs the checkpoints of the audit log. */
  logSigningKey: string;
  session: string;
  /** Each service's secret key for events, and everyone's public keys in the format of `EVENT_PUBLIC_KEYS`. */
  eventKeys: { secret: Record<ServiceName, string>; public: string };
  /** The passwords of the demo users are derived from this. */
  demo: string;
}

/** Reads the folder's secrets, or generates and stores them. `SUPERUSER_PASSWORD` sets the superuser's password. */
export async function ensureSecrets(folder: string, environment: NodeJS.ProcessEnv = {}): Promise<Secrets> {
  const file = join(folder, 'secrets.json');
  const existing = await readJson<Secrets>(file);
  if (existing !== null) return existing;
  const secrets = newSecrets();
  if (environment.SUPERUSER_PASSWORD) secrets.superuser = environment.SUPERUSER_PASSWORD;
  await writeJson(file, secrets);
  return secrets;
}

export function newSecrets(): Secrets {
  const each = <Name extends string>(names: readonly Name[]): Record<Name, string> =>
    Object.fromEntries(names.map((name) => [name, newPassword()])) as Record<Name, string>;
  return {
    databaseRoot: newPassword(),
    database: each(DATABASE_SERVICES),
    databaseMigration: each(DATABASE_SERVICES),
    nats: each(NATS_USERS),
    superuser: newReadablePassword(),
    keyEncryptionKey: newKey(),
    webhookEncryptionKey: newKey(),
    logSigningKey: newKey(),
    session: newPassword(),
    eventKeys: newEventKeys(),
    demo: newPassword(),
  };
}

/** A new key pair for each service. */
export function newEventKeys(): Secrets['eventKeys'] {
  const pairs = SERVICES.map((party) => [party, generateSealingKeys()] as const);
  return {
    secret: Object.fromEntries(pairs.map(([party, { secretKey }]) => [party, secretKey])) as Record<
      ServiceName,
      string
    >,
    public: pairs.map(([party, { publicKey }]) => `${party}=${publicKey}`).join(','),
  };
}

/** Only letters and digits, so that it needs no quoting in SQL or in configuration files. */
export function newPassword(): string {
  return randomBytes(24).toString('hex');
}

/** 32 bytes in base64. */
export function newKey(): string {
  return randomBytes(32).toString('base64');
}

const SYLLABLES = 'ba co du fi ga jo ku li ma no pe ra so tu ve zi'.split(' ');

/**
 * A password that is easy to type: 16 syllables of 4 bits each in groups of four, 64 bits in total. The same `seed` gives the same
 * password.
 */
export function newReadablePassword(seed: Buffer = randomBytes(8)): string {
  const syllables = [...seed.subarray(0, 8)].flatMap((byte) => [SYLLABLES[byte >> 4], SYLLABLES[byte & 15]]);
  return [0, 4, 8, 12].map((at) => syllables.slice(at, at + 4).join('')).join('-');
}
