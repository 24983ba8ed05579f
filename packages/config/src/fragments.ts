import { z } from 'zod';

const port = z.coerce.number().int().min(0).max(65535);

/** Where a process listens, how loud it is, and where its certificate lies. */
export const serverSettings = {
  /** The address to listen on. */
  HOST: z.string().default('0.0.0.0'),
  PORT: port.default(8443),
  ADMIN_HOST: z.string().default('0.0.0.0'),
  /** Serves /livez /readyz /startupz /metrics in plain HTTP. */
  ADMIN_PORT: port.default(9100),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal']).default('info'),
  /** What the bank is called in its metrics, where one Prometheus watches several. */
  BANK_LABEL: z.string().default('guichet'),
  /** A folder with ca.crt, tls.crt and tls.key in PEM. */
  TLS_DIRECTORY: z.string(),
};

/** For services that date events in the bank: a demo bank fills its first months with a shifted clock. */
export const clockSettings = {
  /** Shifts the clock, in seconds. */
  CLOCK_OFFSET_SECONDS: z.coerce.number().int().default(0),
};

/** How a service reaches its own schema. */
export const databaseSettings = {
  DATABASE_HOST: z.string(),
  DATABASE_PORT: port.default(3306),
  DATABASE_NAME: z.string(),
  DATABASE_USER: z.string(),
  DATABASE_PASSWORD: z.string(),
  /** Connections at most. A migration needs one to hold its lock and one to work. */
  DATABASE_POOL: z.coerce.number().int().min(2).max(1000).default(10),
  DATABASE_TLS: z.enum(['required', 'off']).default('required'),
  /** The authority that signed the server's certificate, in PEM, where it is not the bank's own. */
  DATABASE_CA: z.string().optional(),
};

/** The user who migrates a service's schema. Only the migration step gets these settings, never the service. */
export const migrationSettings = {
  DATABASE_MIGRATION_USER: z.string(),
  DATABASE_MIGRATION_PASSWORD: z.string(),
};

const sealingKey = /^[A-Za-z0-9_-]{43}$/;
const listed = (text: string): string[] => text.split(/[\s,]+/).filter((item) => item !== '');

/** The keys with which a service's events are sealed. X25519, 32 bytes in base64url each. */
export const eventKeySettings = {
  /** The service's own secret keys, separated by commas: the first seals, all open. */
  EVENT_SECRET_KEY: z
    .string()
    .transform(listed)
    .refine((keys) => keys.length > 0 && keys.every((key) => sealingKey.test(key)), 'must be a list of keys'),
  /** The public keys of all services, as `auth=<key>,accounts=<key>,…`; messages are sealed to the first key of a service. */
  EVENT_PUBLIC_KEYS: z
    .string()
    .transform((text) => listed(text).map((item) => item.split('=', 2) as [string, string]))
    .refine(
      (pairs) => pairs.length > 0 && pairs.every(([, key]) => sealingKey.test(key ?? '')),
      'is no list of <service>=<key>',
    ),
};

/** How a process reaches the NATS cluster. */
export const natsSettings = {
  /** Host:port, separated by commas. */
  NATS_SERVERS: z
    .string()
    .transform((servers) => servers.split(/[\s,]+/).filter((server) => server !== ''))
    .refine((servers) => servers.length > 0, 'must name at least one server'),
  NATS_USER: z.string().optional(),
  NATS_PASSWORD: z.string().optional(),
  NATS_TLS: z.enum(['required', 'off']).default('required'),
  /** The authority that signed the servers' certificates, in PEM, where it is not the bank's own. */
  NATS_CA: z.string().optional(),
};

/** How the streams are created. Only the process that creates them gets these settings. */
export const streamSettings = {
  /** Copies of each stream: 1, or 3 on a cluster of three. */
  NATS_REPLICAS: z.coerce.number().int().min(1).max(5).default(1),
};

export type ServerSettings = {
  [Name in keyof typeof serverSettings]: z.output<(typeof serverSettings)[Name]>;
};
export type DatabaseSettings = z.output<z.ZodObject<typeof databaseSettings>>;
export type NatsSettings = z.output<z.ZodObject<typeof natsSettings>>;
export type StreamSettings = z.output<z.ZodObject<typeof streamSettings>>;
