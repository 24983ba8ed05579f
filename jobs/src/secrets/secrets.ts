import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { DATABASE_SERVICES, type DatabaseService, SERVICES, type ServiceName } from '@guichet/contract';
import { generateSealingKeys } from '@guichet/events';
import { readJson, writeJson } from '../json-file.ts';
import { NATS_USERS, type NatsUserName } from '../servers/nats-permissions.ts';

/** Whatever must not be known outside, made once for a data folder. */
export interface Secrets {
  databaseRoot: string;
  database: Record<DatabaseService, string>;
  /** Of the users that migrate the schemas. */
  databaseMigration: Record<DatabaseService, string>;
  nats: Record<NatsUserName, string>;
  superuser: string;
  keyEncryptionKey: string;
  session: string;
  /** The secret keys of each service for events, and the public keys of all, in the format of the settings. */
  eventKeys: { secret: Record<ServiceName, string>; public: string };
  /** From this the demo people's passwords are derived. */
  demo: string;
}

/** Reads the folder's secrets, or makes and keeps them; the superuser's password may be chosen by `SUPERUSER_PASSWORD`. */
export async function ensureSecrets(folder: string, environment: NodeJS.ProcessEnv = {}): Promise<Secrets> {
  const file = join(folder, 'secrets.json');
  const kept = await readJson<Secrets>(file);
  if (kept !== null) return kept;
  const made = newSecrets();
  if (environment.SUPERUSER_PASSWORD) made.superuser = environment.SUPERUSER_PASSWORD;
  await writeJson(file, made);
  return made;
}

/** Secrets that nobody had before. */
export function newSecrets(): Secrets {
  const each = <Name extends string>(names: readonly Name[]): Record<Name, string> =>
    Object.fromEntries(names.map((name) => [name, newPassword()])) as Record<Name, string>;
  return {
    databaseRoot: newPassword(),
    database: each(DATABASE_SERVICES),
    databaseMigration: each(DATABASE_SERVICES),
    nats: each(NATS_USERS),
    superuser: newReadablePassword(),
    keyEncryptionKey: randomBytes(32).toString('base64'),
    session: newPassword(),
    eventKeys: newEventKeys(),
    demo: newPassword(),
  };
}

/** A key pair for each service. */
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

/** Letters and digits alone, so that it may stand in any statement and any configuration. */
export function newPassword(): string {
  return randomBytes(24).toString('hex');
}

const SYLLABLES = 'ba co du fi ga jo ku li ma no pe ra so tu ve zi'.split(' ');

/**
 * A password that can be typed from the screen: 16 syllables of 4 bits each in groups of four, 64 bits in all; taken from `seed`
 * where it has to come out the same again.
 */
export function newReadablePassword(seed: Buffer = randomBytes(8)): string {
  const syllables = [...seed.subarray(0, 8)].flatMap((byte) => [SYLLABLES[byte >> 4], SYLLABLES[byte & 15]]);
  return [0, 4, 8, 12].map((at) => syllables.slice(at, at + 4).join('')).join('-');
}
