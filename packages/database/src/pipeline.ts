import type { Database } from './open.ts';
import type { TransactionQuery } from './query-value.ts';
import { retryOnDeadlock } from './retry.ts';

export type Results<Asked extends readonly TransactionQuery<unknown>[]> = {
  [Index in keyof Asked]: Asked[Index] extends TransactionQuery<infer Result> ? Result : never;
};

/** The driver's connection, as far as statements that are complete already need it. */
export interface RawConnection {
  query(sql: string, done: (error: Error | null, rows: unknown) => void): void;
  /** What knex looks at before it gives a connection to anybody again. */
  __knex__disposed?: unknown;
}

/** A transaction of which every word travels with a statement: its beginning with the first of them, its commit with the last. */
export interface Pipeline {
  /** Sends statements in one round trip and in their order; the first that fails keeps those after it from being run. */
  query<const Asked extends readonly TransactionQuery<unknown>[]>(...asked: Asked): Promise<Results<Asked>>;
  /** The same, and commits with them: nothing can be asked afterwards. */
  commit<const Asked extends readonly TransactionQuery<unknown>[]>(...asked: Asked): Promise<Results<Asked>>;
}

/**
 * Runs `work` in one transaction, as `transaction` does and with the same retries, in as few round trips as it has pipelines: for the few
 * paths where that counts. It is committed by `work`, or at its end. Needs a database opened with `pipelines`.
 */
export async function pipelinedTransaction<Result>(
  db: Database,
  work: (pipeline: Pipeline) => Promise<Result>,
  { attempts = 8 }: { attempts?: number } = {},
): Promise<Result> {
  return retryOnDeadlock(async () => {
    const connection: RawConnection = await db.client.acquireConnection();
    try {
      return await runOn(connection, work);
    } finally {
      await db.client.releaseConnection(connection);
    }
  }, attempts);
}

async function runOn<Result>(
  connection: RawConnection,
  work: (pipeline: Pipeline) => Promise<Result>,
): Promise<Result> {
  let state: 'new' | 'begun' | 'over' = 'new';

  async function travel<Asked extends readonly TransactionQuery<unknown>[]>(
    asked: Asked,
    isLast: boolean,
  ): Promise<Results<Asked>> {
    if (state === 'over') throw new Error('the transaction is over');
    const statements = asked.flatMap(({ sql }) => sql ?? []);
    // Nothing to ask needs no journey, and a transaction that nothing was asked in is none.
    if (statements.length === 0 && (!isLast || state === 'new')) {
      if (isLast) state = 'over';
      return readAll(asked, []);
    }
    const before = state === 'new' ? ['START TRANSACTION'] : [];
    const after = isLast ? ['COMMIT'] : [];
    const sent = [...before, ...statements, ...after];
    state = isLast ? 'over' : 'begun';
    try {
      const answers = await send(connection, sent.join(';\n'));
      return readAll(asked, sent.length === 1 ? [answers] : (answers as unknown[]).slice(before.length));
    } catch (error) {
      // A commit that never came to its turn has left the transaction open.
      state = 'begun';
      throw error;
    }
  }

  try {
    const result = await work({
      query: (...asked) => travel(asked, false),
      commit: (...asked) => travel(asked, true),
    });
    if ((state as string) === 'begun') await travel([], true);
    return result;
  } catch (error) {
    // A connection that cannot even roll back is given to nobody again; the server undoes what it left.
    if ((state as string) === 'begun') {
      await send(connection, 'ROLLBACK').catch((failure: unknown) => {
        connection.__knex__disposed = failure;
      });
    }
    throw error;
  }
}

/** What the statements read, `answers` being those of the ones that were sent. */
export function readAll<Asked extends readonly TransactionQuery<unknown>[]>(
  asked: Asked,
  answers: readonly unknown[],
): Results<Asked> {
  let next = 0;
  return asked.map((one) => one.read(one.sql === null ? [] : answers[next++])) as Results<Asked>;
}

/** Past knex, whose builder costs more than all the rest of a statement that is complete already. */
export function send(connection: RawConnection, sql: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    connection.query(sql, (error, rows) => (error === null ? resolve(rows) : reject(error)));
  });
}
