import knex, { type Knex } from 'knex';
import type { Connection } from './connection.ts';
import type { Pool } from './pool.ts';

/** Knex on the connections of a pool, for migrations and for tests. It opens and closes none of its own. */
export function knexOnPool(pool: Pool): Knex {
  return knexOn(
    () => pool.acquire(),
    (connection) => pool.release(connection),
  );
}

/** Knex on one connection, within its transaction. */
export function knexOnConnection(connection: () => Promise<Connection>): Knex {
  return knexOn(connection, () => undefined);
}

function knexOn(acquire: () => Promise<Connection>, release: (connection: Connection) => void): Knex {
  const lent = new Map<unknown, Connection>();
  const connectionPool = {
    acquire: () => ({
      promise: acquire().then((connection) => {
        lent.set(connection.mysql, connection);
        return connection.mysql;
      }),
    }),
    release(mysql: unknown) {
      const connection = lent.get(mysql);
      lent.delete(mysql);
      if (connection !== undefined) release(connection);
      return connection !== undefined;
    },
    destroy: async () => undefined,
    // By these knex knows this kind of pool.
    numFree: () => 0,
    numUsed: () => lent.size,
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
