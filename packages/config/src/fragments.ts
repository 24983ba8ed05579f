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

/** How a process reaches the NATS cluster. */
export const natsSettings = {
  /** Host:port, separated by commas. */
  NATS_SERVERS: z
    .string()
    .transform((servers) => servers.split(/[\s,]+/).filter((server) => server !== ''))
    .refine((servers) => servers.length > 0, 'names no server'),
  NATS_USER: z.string().optional(),
  NATS_PASSWORD: z.string().optional(),
  /** Copies of each stream: 1, or 3 on a cluster of three. */
  NATS_REPLICAS: z.coerce.number().int().min(1).max(5).default(1),
  NATS_TLS: z.enum(['required', 'off']).default('required'),
  /** The authority that signed the servers' certificates, in PEM, where it is not the bank's own. */
  NATS_CA: z.string().optional(),
};

export type ServerSettings = {
  [Name in keyof typeof serverSettings]: z.output<(typeof serverSettings)[Name]>;
};
export type DatabaseSettings = z.output<z.ZodObject<typeof databaseSettings>>;
export type NatsSettings = z.output<z.ZodObject<typeof natsSettings>>;
