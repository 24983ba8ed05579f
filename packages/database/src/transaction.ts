import type { Knex } from 'knex';
import type { Connection } from './connection.ts';
import { knexOnConnection } from './knex-on.ts';
import type { Database } from './open.ts';
import type { Pool } from './pool.ts';
import type { TransactionQuery } from './query-value.ts';
import { retryOnDeadlock } from './retry.ts';

export type Results<Queries extends readonly TransactionQuery<unknown>[]> = {
  [Index in keyof Queries]: Queries[Index] extends TransactionQuery<infer Result> ? Result : never;
};

/** A transaction. It begins with its first query, and where the database has pipelines in the same round trip. */
export interface Pipeline {
  /** Sends queries in one round trip and in their order; the first that fails keeps those after it from being run. */
  query<const Queries extends readonly TransactionQuery<unknown>[]>(
    ...queries: Queries
  ): Promise<Results<Queries>>;
  /** The same, and commits with them: nothing can be queried afterwards. */
  commit<const Queries extends readonly TransactionQuery<unknown>[]>(
    ...queries: Queries
  ): Promise<Results<Queries>>;
}

/** A transaction that also serves the stores that are not query values yet. */
export interface Transaction extends Pipeline {
  // biome-ignore lint/suspicious/noExplicitAny: knex's own rows
  <Row extends object = any>(table: string | Knex.Raw): Knex.QueryBuilder<Row, any>;
  readonly raw: Knex['raw'];
}

export interface TransactionOptions {
  attempts?: number;
  /** All reads see the database as it is at the first of them (REPEATABLE READ); else each sees what is committed (READ COMMITTED). */
  snapshot?: boolean;
}

/**
 * Runs `work` in one transaction and commits it, unless `work` has. The whole of it is run again, at most `attempts` times, if the server
 * says that it may succeed then (deadlock, lock wait, changed record); so `work` must have no effect outside the database.
 */
export async function transaction<Result>(
  db: Database,
  work: (trx: Transaction) => Promise<Result>,
  { attempts = 8, snapshot = false }: TransactionOptions = {},
): Promise<Result> {
  const { connections } = db;
  return retryOnDeadlock(async () => {
    const connection = await connections.acquire();
    const running = new RunningTransaction(connections, connection, snapshot);
    try {
      const result = await work(running.handle());
      await running.end();
      return result;
    } catch (error) {
      await running.rollBack();
      throw error;
    } finally {
      connections.release(connection);
    }
  }, attempts);
}

/** The same as `transaction`. */
export function pipelinedTransaction<Result>(
  db: Database,
  work: (trx: Pipeline) => Promise<Result>,
): Promise<Result> {
  return transaction(db, work);
}

class RunningTransaction {
  #state: 'new' | 'begun' | 'over' = 'new';
  readonly #pool: Pool;
  readonly #connection: Connection;
  readonly #begin: readonly string[];
  #knex: Knex | undefined;

  constructor(pool: Pool, connection: Connection, snapshot: boolean) {
    this.#pool = pool;
    this.#connection = connection;
    this.#begin = snapshot
      ? ['SET TRANSACTION ISOLATION LEVEL REPEATABLE READ', 'START TRANSACTION']
      : ['START TRANSACTION'];
  }

  handle(): Transaction {
    const knex = () => {
      this.#knex ??= knexOnConnection(async () => {
        if (this.#state === 'over') throw new Error('the transaction is over');
        if (this.#state === 'new') {
          this.#state = 'begun';
          await this.#pool.send(this.#connection, this.#begin);
        }
        return this.#connection;
      });
      return this.#knex;
    };
    const call = (table: string | Knex.Raw) => knex()(table as string);
    return Object.assign(call, {
      raw: ((...given: [string]) => knex().raw(...given)) as Knex['raw'],
      query: <const Queries extends readonly TransactionQuery<unknown>[]>(...queries: Queries) =>
        this.#send(queries, false),
      commit: <const Queries extends readonly TransactionQuery<unknown>[]>(...queries: Queries) =>
        this.#send(queries, true),
    }) as Transaction;
  }

  async #send<Queries extends readonly TransactionQuery<unknown>[]>(
    queries: Queries,
    isLast: boolean,
  ): Promise<Results<Queries>> {
    if (this.#state === 'over') throw new Error('the transaction is over');
    const statements = queries.flatMap(({ sql }) => sql ?? []);
    // With no statements there is no round trip, and a transaction without any is none.
    if (statements.length === 0 && (!isLast || this.#state === 'new')) {
      if (isLast) this.#state = 'over';
      return readAll(queries, []);
    }
    const before = this.#state === 'new' ? this.#begin : [];
    const after = isLast ? ['COMMIT'] : [];
    this.#state = isLast ? 'over' : 'begun';
    try {
      const answers = await this.#pool.send(this.#connection, [...before, ...statements, ...after]);
      return readAll(queries, answers.slice(before.length));
    } catch (error) {
      // A commit that was not reached has left the transaction open.
      this.#state = 'begun';
      throw error;
    }
  }

  async end(): Promise<void> {
    if (this.#state === 'begun') await this.#send([], true);
  }

  /** A connection that cannot even roll back is not used again; the server undoes what it left. */
  async rollBack(): Promise<void> {
    if (this.#state !== 'begun') return;
    this.#state = 'over';
    await this.#pool.send(this.#connection, ['ROLLBACK']).catch(() => this.#connection.destroy());
  }
}

/** What the queries read; `answers` has those of the statements that were sent. */
function readAll<Queries extends readonly TransactionQuery<unknown>[]>(
  queries: Queries,
  answers: readonly unknown[],
): Results<Queries> {
  let next = 0;
  return queries.map((one) => one.read(one.sql === null ? [] : answers[next++])) as Results<Queries>;
}
