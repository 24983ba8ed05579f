import { errorType, inSpan } from '@guichet/tracing';
import { type Connection, SERVER_WAITS_SECONDS, TABLE_WORK_WITHIN_MS } from './connection.ts';
import { type DatabaseError, leavesOutcomeUnknown } from './errors.ts';
import type { Database } from './open.ts';
import type { Pool } from './pool.ts';
import type { TransactionQuery } from './query-value.ts';
import { retryTransaction } from './retry.ts';

export type Results<Queries extends readonly TransactionQuery<unknown>[]> = {
  [Index in keyof Queries]: Queries[Index] extends TransactionQuery<infer Result> ? Result : never;
};

/** A transaction. It begins with its first query: in the same round trip, if the database was opened with `pipelines`. */
export interface Transaction {
  /** Sends queries in one round trip and in order; after the first failure, the remaining queries are not run. */
  query<const Queries extends readonly TransactionQuery<unknown>[]>(
    ...queries: Queries
  ): Promise<Results<Queries>>;
  /** The same, and commits in the same round trip; the transaction is then over. */
  commit<const Queries extends readonly TransactionQuery<unknown>[]>(
    ...queries: Queries
  ): Promise<Results<Queries>>;
}

export interface TransactionOptions {
  attempts?: number;
  /**
   * All reads see the database as of the first one (REPEATABLE READ), for work that reads a whole table: a statement, and the work between two, may take minutes.
   * By default, each read sees what is committed (READ COMMITTED).
   */
  snapshot?: boolean;
  /**
   * Whether it may run again although the answer to its commit was lost. Only for work that finds by a key what an earlier run has committed, and then does nothing more.
   */
  isRepeatable?: boolean;
}

/**
 * Runs `work` in one transaction and commits it, unless `work` has committed. After a deadlock, a lock wait or a changed record, it runs all of
 * `work` again, for at most `attempts` attempts, so `work` must have no effect outside the database. With several servers, it also runs again, on the new writer, if the
 * writer is lost before the commit is sent. An error after that leaves the outcome unknown, and is thrown unless the work `isRepeatable`.
 */
export async function transaction<Result>(
  db: Database,
  work: (trx: Transaction) => Promise<Result>,
  { attempts = 8, snapshot = false, isRepeatable = false }: TransactionOptions = {},
): Promise<Result> {
  const { connections } = db;
  return inSpan('transaction', connections.described, (span) =>
    retryTransaction(
      connections,
      async () => {
        const connection = await connections.acquire();
        const running = new RunningTransaction(connections, connection, snapshot);
        try {
          const result = await work(running.handle());
          await running.end();
          return result;
        } catch (error) {
          await running.rollBack();
          span.event('rolled back', { 'error.type': errorType(error) });
          throw error;
        } finally {
          connections.release(connection);
        }
      },
      { attempts, isRepeatable },
    ),
  );
}

class RunningTransaction {
  #state: 'new' | 'begun' | 'over' = 'new';
  readonly #pool: Pool;
  readonly #connection: Connection;
  readonly #begin: readonly string[];
  readonly #afterEnd: readonly string[];
  readonly #withinMs: number | undefined;

  constructor(pool: Pool, connection: Connection, snapshot: boolean) {
    this.#pool = pool;
    this.#connection = connection;
    this.#withinMs = snapshot ? TABLE_WORK_WITHIN_MS : undefined;
    this.#begin = snapshot
      ? [
          serverWaits(TABLE_WORK_WITHIN_MS / 1000),
          'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ',
          'START TRANSACTION',
        ]
      : ['START TRANSACTION'];
    this.#afterEnd = snapshot ? [serverWaits(SERVER_WAITS_SECONDS)] : [];
  }

  handle(): Transaction {
    return {
      query: (...queries) => this.#send(queries, false),
      commit: (...queries) => this.#send(queries, true),
    };
  }

  async #send<Queries extends readonly TransactionQuery<unknown>[]>(
    queries: Queries,
    isLast: boolean,
  ): Promise<Results<Queries>> {
    if (this.#state === 'over') throw new Error('the transaction is over');
    const statements = queries.flatMap(({ sql }) => sql ?? []);
    // With no statements there is no round trip: a transaction without any never begins.
    if (statements.length === 0 && (!isLast || this.#state === 'new')) {
      if (isLast) this.#state = 'over';
      return readAll(queries, []);
    }
    const before = this.#state === 'new' ? this.#begin : [];
    const after = isLast ? ['COMMIT', ...this.#afterEnd] : [];
    this.#state = isLast ? 'over' : 'begun';
    try {
      const all = [...before, ...statements, ...after];
      const answers = await this.#pool.send(this.#connection, all, this.#withinMs);
      return readAll(queries, answers.slice(before.length));
    } catch (error) {
      // If the commit was not reached, the transaction is still open.
      this.#state = 'begun';
      if (isLast && leavesOutcomeUnknown(error)) (error as DatabaseError).isOutcomeUnknown = true;
      throw error;
    }
  }

  async end(): Promise<void> {
    if (this.#state === 'begun') await this.#send([], true);
  }

  /** A connection that fails to roll back is destroyed, and the server rolls its transaction back. */
  async rollBack(): Promise<void> {
    if (this.#state !== 'begun') return;
    this.#state = 'over';
    await this.#pool
      .send(this.#connection, ['ROLLBACK', ...this.#afterEnd])
      .catch(() => this.#connection.destroy());
  }
}

/** Sets how long the server keeps the connection of a transaction that does something else between two statements. */
function serverWaits(seconds: number): string {
  return `SET SESSION wait_timeout = ${seconds}`;
}

/** The result of each query; `answers` has an answer for each statement that was sent. */
function readAll<Queries extends readonly TransactionQuery<unknown>[]>(
  queries: Queries,
  answers: readonly unknown[],
): Results<Queries> {
  let next = 0;
  return queries.map((one) => one.read(one.sql === null ? [] : answers[next++])) as Results<Queries>;
}
