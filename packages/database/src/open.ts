import { ConfigError } from '@guichet/config';
import type { Log } from '@guichet/log';
import { sleep } from '@guichet/time';
import type { Knex } from 'knex';
import type { ConnectionSettings } from './connection.ts';
import { isRefused } from './errors.ts';
import { knexOnPool } from './knex-on.ts';
import { Pool, type PoolState } from './pool.ts';

/** A service's schema. As a knex it serves migrations, tests and the stores that are not query values yet. */
export type Database = Knex & { readonly connections: Pool };

/**
 * Opens a pool on a service's schema; nothing is connected until it is used. Over TLS the server's certificate must be for the host that is
 * named, and a renewed authority is used without a restart. `pipelines` lets several statements share a round trip; elsewhere the driver
 * refuses more than one.
 */
export function openDatabase(
  settings: ConnectionSettings,
  log: Log,
  { pipelines = false }: { pipelines?: boolean } = {},
): Database {
  const connections = new Pool(settings, pipelines, log);
  const builder = knexOnPool(connections);
  const db = ((...given: Parameters<Knex>) => builder(...given)) as unknown as Database;
  Object.setPrototypeOf(db, builder);
  return Object.defineProperties(db, {
    connections: { value: connections, configurable: true },
    destroy: { value: () => connections.close() },
  });
}

export function poolState(db: Database): PoolState {
  return db.connections.state();
}

/** Whether the server answers within `withinMs`, on a connection of its own, however busy the pool is. Never throws. */
export async function databaseAnswers(db: Database, withinMs = 1_000): Promise<boolean> {
  return db.connections.answers(withinMs);
}

/**
 * Waits, for as long as it takes, until the database answers; logs that less and less often.
 * @throws ConfigError if the server refuses the user: waiting does not cure a wrong password
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
