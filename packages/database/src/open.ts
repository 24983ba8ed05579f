import { ConfigError } from '@guichet/config';
import type { Log } from '@guichet/log';
import { sleep } from '@guichet/time';
import type { ConnectionSettings } from './connection.ts';
import { isRefused } from './errors.ts';
import { Pool, type PoolState } from './pool.ts';
import { ReplicaPool } from './replica-pool.ts';

/** A service's schema, and the pool of connections to it. */
export interface Database {
  readonly connections: Pool;
  /** Closes the pool; it waits for the connections that are in use. */
  destroy(): Promise<void>;
}

/**
 * A database for reads that decide nothing: lists, histories and counts. It takes no transactions, locks and writes, so a function that decides, which takes a `Database`,
 * can't be given it by mistake.
 */
export interface ReadOnlyDatabase {
  /** Null if the writer serves all reads. */
  readonly replicas: Pick<ReplicaPool, 'send' | 'onRead'> | null;
  readonly writer: Database;
}

/** Where a function reads that decides nothing. */
export type Readable = Database | ReadOnlyDatabase;

/** The reads of a database that decide nothing: with `DATABASE_READS=replicas`, they go to the nodes of a Galera cluster that aren't the writer, as long as there are any. */
export function readsOf(
  db: Database,
  settings: ConnectionSettings & { DATABASE_READS: 'writer' | 'replicas' },
  log: Log,
): ReadOnlyDatabase & { destroy(): Promise<void> } {
  const replicas =
    settings.DATABASE_READS === 'replicas' ? new ReplicaPool(settings, db.connections, log) : null;
  return { replicas, writer: db, destroy: async () => replicas?.close() };
}

/**
 * Opens a pool on a service's schema; the first query connects. Over TLS the server's certificate must name the configured host, and a renewed
 * authority takes effect without a restart. `pipelines` lets several statements share a round trip; without it, the driver refuses more than
 * one at a time. `answerWithinMs` is longer for migrations and for operators' commands on whole tables.
 */
export function openDatabase(
  settings: ConnectionSettings,
  log: Log,
  { pipelines = false, answerWithinMs }: { pipelines?: boolean; answerWithinMs?: number } = {},
): Database {
  const connections = new Pool(settings, pipelines, log, answerWithinMs);
  return { connections, destroy: () => connections.close() };
}

export function poolState(db: Database): PoolState {
  return db.connections.state();
}

/** The servers of the settings, and whether each takes the writes. */
export function databaseServers(db: Database): { name: string; isWriter: boolean }[] {
  return db.connections.servers();
}

/** Calls `listener` whenever another server takes the writes. */
export function onOtherWriter(db: Database, listener: () => void): void {
  db.connections.onOtherWriter(listener);
}

/** Whether the server answers within `withinMs`, on its own connection, however busy the pool is. Never throws. */
export async function databaseAnswers(db: Database, withinMs = 1_000): Promise<boolean> {
  return db.connections.answers(withinMs);
}

/**
 * Waits, for as long as it takes, until the database answers; logs that with growing pauses.
 * @throws ConfigError if the server refuses the user, because waiting does not fix a wrong password
 */
export async function waitForDatabase(db: Database, log: Log, signal?: AbortSignal): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    signal?.throwIfAborted();
    try {
      const connection = await db.connections.acquire();
      await connection.send('SELECT 1').finally(() => db.connections.release(connection));
      if (attempt > 0) log.info('database available');
      return;
    } catch (error) {
      if (isRefused(error)) {
        const { message } = error as Error;
        throw new ConfigError([
          `DATABASE_USER, DATABASE_PASSWORD and DATABASE_NAME are refused by the server: ${message}`,
        ]);
      }
      const delayMs = Math.min(250 * 2 ** attempt, 5_000);
      log.warn({ err: error, retry_in_ms: delayMs }, 'waiting for the database');
      await sleep(delayMs, signal);
    }
  }
}
