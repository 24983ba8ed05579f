import type { Database } from '@guichet/database';
import { type Knex, knexOn } from '@guichet/database/knex';

/** A database whose tables a test prepares and reads with knex, on the same connections. */
export type KnexDatabase = Database & Knex;

export function withKnex(db: Database): KnexDatabase {
  const knex = knexOn(db);
  const callable = ((...given: Parameters<Knex>) => knex(...given)) as unknown as KnexDatabase;
  Object.setPrototypeOf(callable, knex);
  return Object.defineProperties(callable, {
    connections: { value: db.connections, configurable: true },
    destroy: { value: () => db.destroy() },
  });
}
