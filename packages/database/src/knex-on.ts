import { sleep } from '@guichet/time';
import knex, { type Knex } from 'knex';
import type { Connection } from './connection.ts';
import type { DatabaseError } from './errors.ts';
import type { Database } from './open.ts';

export type { Knex };

/** Knex on the connections of a database, for migrations and for tests. It opens no connections of its own. */
export function knexOn(
  { connections }: Database,
  prepare: (connection: Connection) => Promise<unknown> = async () => undefined,
): Knex {
  const acquired = new Map<unknown, Connection>();
  const connectionPool = {
    acquire: () => ({
      promise: connections.acquire().then(async (connection) => {
        await prepare(connection).catch((error: unknown) => {
          connections.release(connection);
          throw error;
        });
        acquired.set(connection.mysql, connection);
        return connection.mysql;
      }),
    }),
    release(mysql: unknown) {
      const connection = acquired.get(mysql);
      acquired.delete(mysql);
      if (connection !== undefined) connections.release(connection);
      return connection !== undefined;
    },
    destroy: async () => undefined,
    // Knex recognizes a pool by these methods.
    numFree: () => 0,
    numUsed: () => acquired.size,
    numPendingAcquires: () => 0,
  };
  const silent = () => undefined;
  return knex({
    client: 'mysql2',
    connectionPool,
    compileSqlOnError: false,
    log: { warn: silent, error: silent, deprecate: silent, debug: silent },
  });
}

/** For how many seconds a change of a table waits for the transactions that use it. Everything that comes later waits behind it. */
const TABLE_WAIT_SECONDS = 2;
/** The pause in which what waited behind it goes on. */
const LET_PASS_MS = 500;
const GIVE_UP_AFTER_MS = 300_000;
/** ER_LOCK_WAIT_TIMEOUT; only the statement is rolled back. */
const LOCK_WAIT_TIMEOUT = 1205;

/**
 * Knex for migrations beside a service that goes on working. A change of a table that waits for a transaction, which waits for a row of another one, which waits behind the
 * change, would wait until the row is given up, after ten seconds: the server sees no deadlock between rows and tables. So the change gives up first, and is tried again.
 */
export function patientKnexOn(db: Database): Knex {
  const own = knexOn(db, ({ send }) => send(`SET SESSION lock_wait_timeout = ${TABLE_WAIT_SECONDS}`));
  const client = own.client as { _query: (connection: unknown, query: unknown) => Promise<unknown> };
  const queryOnce = client._query.bind(client);
  client._query = async (connection, query) => {
    const giveUpAt = performance.now() + GIVE_UP_AFTER_MS;
    for (;;) {
      try {
        return await queryOnce(connection, query);
      } catch (error) {
        const isLocked = (error as DatabaseError).errno === LOCK_WAIT_TIMEOUT;
        if (!isLocked || performance.now() >= giveUpAt) throw error;
        await sleep(LET_PASS_MS);
      }
    }
  };
  return own;
}
