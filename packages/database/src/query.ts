import type { Database } from './open.ts';
import type { Query, TransactionQuery } from './query-value.ts';
import type { Pipeline, Results } from './transaction.ts';

/**
 * Sends queries within a transaction and returns what each of them reads: in one round trip if the database was opened with `pipelines`, and
 * in their order. The first that fails keeps those after it from being run.
 */
export async function query<const Queries extends readonly TransactionQuery<unknown>[]>(
  trx: Pipeline,
  ...queries: Queries
): Promise<Results<Queries>> {
  return trx.query(...queries);
}

/** Sends one query: within a transaction, or alone. */
export async function queryOnce<Result>(trx: Pipeline, one: TransactionQuery<Result>): Promise<Result>;
export async function queryOnce<Result>(db: Database | Pipeline, one: Query<Result>): Promise<Result>;
export async function queryOnce<Result>(
  sender: Database | Pipeline,
  one: TransactionQuery<Result>,
): Promise<Result> {
  if (!('connections' in sender)) return (await sender.query(one))[0];
  if (one.sql === null) return one.read([]);
  const { connections } = sender;
  const connection = await connections.acquire();
  try {
    const [answer] = await connections.send(connection, [one.sql]);
    return one.read(answer);
  } finally {
    connections.release(connection);
  }
}
