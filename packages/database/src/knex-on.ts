import knex, { type Knex } from 'knex';
import type { Connection } from './connection.ts';
import type { Database } from './open.ts';

export type { Knex };

/** Knex on the connections of a database, for migrations and for tests. It opens no connections of its own. */
export function knexOn({ connections }: Database): Knex {
  const acquired = new Map<unknown, Connection>();
  const connectionPool = {
    acquire: () => ({
      promise: connections.acquire().then((connection) => {
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
