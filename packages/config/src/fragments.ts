import { LINE_LEVELS } from '@guichet/contract';
import { SAMPLERS } from '@guichet/tracing';
import { z } from 'zod';
import { type Address, readAddress } from './addresses.ts';

const listed = (text: string): string[] => text.split(/[\s,]+/).filter((item) => item !== '');

function readHeader(pair: string): [string, string] {
  const at = pair.indexOf('=');
  if (at < 1) throw new Error('must be a list of <name>=<value>');
  return [pair.slice(0, at), decodeURIComponent(pair.slice(at + 1))];
}

const port = z.coerce.number().int().min(0).max(65535);

/** An optional collector of traces. The names are those of OpenTelemetry. */
const tracingSettings = {
  OTEL_EXPORTER_OTLP_ENDPOINT: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe(
      'The collector that traces are sent to, by OTLP over HTTP, as `http://host:4318`. Without it none are recorded.',
    ),
  OTEL_EXPORTER_OTLP_HEADERS: z
    .string()
    .transform((text) => Object.fromEntries(listed(text).map(readHeader)))
    .optional()
    .describe('Headers that the collector asks for, as `name=value,name=value`, values percent-encoded.'),
  OTEL_SERVICE_NAME: z
    .string()
    .optional()
    .describe('The name of the process in traces, if it is not that of the service.'),
  OTEL_TRACES_SAMPLER: z
    .enum(SAMPLERS)
    .default('parentbased_always_on')
    .describe('Which traces are recorded. A client outside the bank can’t choose.'),
  OTEL_TRACES_SAMPLER_ARG: z.coerce
    .number()
    .min(0)
    .max(1)
    .default(1)
    .describe(
      'The part of the traces that the samplers `traceidratio` and `parentbased_traceidratio` record.',
    ),
  OTEL_RESOURCE_ATTRIBUTES: z
    .string()
    .transform((text) => Object.fromEntries(listed(text).map(readHeader)))
    .optional()
    .describe('What else describes the process in its spans, as `deployment.environment.name=staging`.'),
};

/** The settings of every process: its admin port, its log, its certificate and its traces. */
export const processSettings = {
  ADMIN_HOST: z.string().default('0.0.0.0').describe('The address of the admin port.'),
  ADMIN_PORT: port.default(9100).describe('Serves `/livez` `/readyz` `/startupz` `/metrics` in plain HTTP.'),
  LOG_LEVEL: z
    .enum(LINE_LEVELS)
    .default('info')
    .describe(
      'The lowest level that is logged to stdout; `guichet-admin log-level` changes it for a while without a restart.',
    ),
  DRAIN_SECONDS: z.coerce
    .number()
    .min(0)
    .default(0)
    .describe('How long the process keeps serving after SIGTERM, while `/readyz` already replies 503.'),
  BANK_LABEL: z
    .string()
    .default('guichet')
    .describe('The label `bank` of its metrics, for a Prometheus that monitors several banks.'),
  TLS_DIRECTORY: z
    .string()
    .describe('A folder with `ca.crt`, `tls.crt` and `tls.key` in PEM; read again when they are renewed.'),
  ...tracingSettings,
};

/** The additional settings of a process with an API. */
export const serverSettings = {
  HOST: z.string().default('0.0.0.0').describe('The address to listen on.'),
  PORT: port.default(8443).describe('The port of the API, by mutual TLS.'),
  ...processSettings,
};

/** For services that date events in the bank. */
export const clockSettings = {
  CLOCK_OFFSET_SECONDS: z.coerce
    .number()
    .int()
    .default(0)
    .describe('Shifts the clock: a demo bank fills its first months with it.'),
};

/** The connection of a service to its own schema. */
export const databaseSettings = {
  DATABASE_HOSTS: z
    .string()
    .transform(listed)
    .refine(
      (hosts) => hosts.length > 0 && hosts.every((text) => readAddress(text, 0) !== null),
      'must be a list of hosts, each as <host> or <host>:<port>, with IPv6 addresses in brackets',
    )
    .refine(
      (hosts) => new Set(hosts.map((text) => text.toLowerCase())).size === hosts.length,
      'must name each host once',
    )
    .describe(
      'The database server as `host` or `host:port`, IPv6 in brackets. Of several servers, separated by commas, the one that takes writes is found, and found again when it fails.',
    ),
  DATABASE_PORT: port.default(3306).describe('The port of the hosts that name none.'),
  DATABASE_NAME: z.string().describe("The service's own schema."),
  DATABASE_USER: z.string().describe('The run-time user, which cannot change the schema.'),
  DATABASE_PASSWORD: z.string().describe('The password of the run-time user.'),
  // A migration needs one connection for its lock and one for its work.
  DATABASE_POOL: z.coerce
    .number()
    .int()
    .min(2)
    .max(1000)
    .default(10)
    .describe('The maximum number of connections.'),
  DATABASE_TLS: z
    .enum(['required', 'off'])
    .default('required')
    .describe("`required`, or `off` for a server on one's own machine."),
  DATABASE_CA: z
    .string()
    .optional()
    .describe("The authority that signed the server's certificate, in PEM, if it is not the bank's own."),
};

/** For services whose lists may be read at other servers than the one that takes the writes. */
export const replicaSettings = {
  DATABASE_READS: z
    .enum(['writer', 'replicas'])
    .default('writer')
    .describe(
      'Where lists, histories and counts are read, which decide nothing: at the `writer`, or with `replicas` at the other nodes of a Galera cluster, each of which first catches up with what is committed.',
    ),
};

/** The database servers, in the order of the setting. */
export function databaseAddresses({
  DATABASE_HOSTS,
  DATABASE_PORT,
}: Pick<DatabaseSettings, 'DATABASE_HOSTS' | 'DATABASE_PORT'>): Address[] {
  return DATABASE_HOSTS.flatMap((text) => readAddress(text, DATABASE_PORT) ?? []);
}

/** The user that migrates a service's schema. Only the migration step gets these settings, never the service. */
export const migrationSettings = {
  DATABASE_MIGRATION_USER: z.string().describe('The user that may change the schema.'),
  DATABASE_MIGRATION_PASSWORD: z.string().describe('The password of that user.'),
};

const sealingKey = /^[A-Za-z0-9_-]{43}$/;

/** A list whose items are separated by commas or blanks. */
export const listSetting = z.string().transform(listed);

/** The keys that seal a service's events. X25519, 32 bytes in base64url each. */
export const eventKeySettings = {
  EVENT_SECRET_KEY: listSetting
    .refine((keys) => keys.length > 0 && keys.every((key) => sealingKey.test(key)), 'must be a list of keys')
    .describe("The service's own secret keys, separated by commas: the first seals, all open."),
  EVENT_PUBLIC_KEYS: z
    .string()
    .transform((text) => listed(text).map((item) => item.split('=', 2) as [string, string]))
    .refine(
      (pairs) => pairs.length > 0 && pairs.every(([, key]) => sealingKey.test(key ?? '')),
      'must be a list of <service>=<key>',
    )
    .describe(
      'The public keys of all services, as `auth=<key>,accounts=<key>,…`; messages are sealed to the first key of a service.',
    ),
};

/** The connection of a process to the NATS cluster. */
export const natsSettings = {
  NATS_SERVERS: listSetting
    .refine((servers) => servers.length > 0, 'must name at least one server')
    .describe('The servers of the cluster, as `host:port,host:port`. While NATS is down, events wait.'),
  NATS_USER: z.string().optional().describe('The user of this process in NATS.'),
  NATS_PASSWORD: z.string().optional().describe('The password of that user.'),
  NATS_TLS: z
    .enum(['required', 'off'])
    .default('required')
    .describe("`required`, or `off` for a server on one's own machine."),
  NATS_CA: z
    .string()
    .optional()
    .describe("The authority that signed the servers' certificates, in PEM, if it is not the bank's own."),
};

/** The settings for the creation of streams. Only the process that creates them gets these. */
export const streamSettings = {
  NATS_REPLICAS: z.coerce
    .number()
    .int()
    .min(1)
    .max(5)
    .default(1)
    .describe('The number of copies of each stream: 1, or 3 on a cluster of three nodes.'),
  NATS_STREAMS_MIB: z.coerce
    .number()
    .int()
    .min(64)
    .default(1024)
    .describe(
      'The space of all streams together on one node, in MiB. A stream that has used its part refuses messages, which wait in the outboxes.',
    ),
};

export type ProcessSettings = z.output<z.ZodObject<typeof processSettings>>;
export type DatabaseSettings = z.output<z.ZodObject<typeof databaseSettings>>;
export type NatsSettings = z.output<z.ZodObject<typeof natsSettings>>;
export type StreamSettings = z.output<z.ZodObject<typeof streamSettings>>;
