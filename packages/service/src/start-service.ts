import type {
  DatabaseSettings,
  databaseSettings,
  eventKeySettings,
  natsSettings,
  replicaSettings,
  serverSettings,
} from '@guichet/config';
import type { ServiceName } from '@guichet/contract';
import type { StreamName } from '@guichet/contract/events';
import {
  type Database,
  databaseAnswers,
  openDatabase,
  type ReadOnlyDatabase,
  readsOf,
  waitForDatabase,
  waitForSchema,
} from '@guichet/database';
import type { Broker } from '@guichet/events';
import { listenMutualTls } from '@guichet/http';
import { type Process, startProcess } from '@guichet/process';
import type { z } from 'zod';
import { watchDatabase } from './database-metrics.ts';

type ServiceShape = typeof serverSettings &
  typeof natsSettings &
  typeof eventKeySettings &
  typeof databaseSettings &
  typeof replicaSettings;

/** A process with a schema of its own. */
export interface Service<Settings> extends Process<Settings> {
  readonly broker: Broker;
  readonly db: Database;
  /** The same database, for reads that decide nothing. */
  readonly reads: ReadOnlyDatabase;
}

/**
 * Starts a process as `startProcess` does, opens its database, and waits until the migrations have brought the schema to this release. The
 * process is ready only while the database answers.
 */
export async function startService<Shape extends ServiceShape>(options: {
  name: ServiceName;
  settings: Shape;
  streams: readonly StreamName[];
  /** The folder of the service's migrations. */
  migrations: URL;
  /** Allows several statements in one round trip. */
  pipelines?: boolean;
}): Promise<Service<z.output<z.ZodObject<Shape>>>> {
  const { migrations, pipelines = false, ...own } = options;
  const started = await startProcess<Shape>(own);
  const { log, stopping } = started;
  const settings = started.settings as DatabaseSettings & {
    TLS_DIRECTORY: string;
    DATABASE_READS: 'writer' | 'replicas';
  };
  const db = openDatabase(settings, log, { pipelines });
  started.onStop('database', () => db.destroy());
  const reads = readsOf(db, settings, log);
  started.onStop('replicas', () => reads.destroy());
  watchDatabase(db, reads);
  started.requires(async () => ((await databaseAnswers(db)) ? [] : ['database']));
  await waitForDatabase(db, log, stopping);
  await waitForSchema(db, migrations, log, stopping);
  return { ...started, db, reads };
}

/** Serves the service's API over mutual TLS, and reports that the service has started. */
export async function serve(
  service: Process<{ HOST: string; PORT: number; TLS_DIRECTORY: string }>,
  app: Parameters<typeof listenMutualTls>[0],
): Promise<void> {
  const { settings, stopping, keep, started } = service;
  const { port } = keep('requests', await listenMutualTls(app, settings, { stopping }));
  started({ port });
}
