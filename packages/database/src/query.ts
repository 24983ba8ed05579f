import type { Database, Transaction } from './open.ts';
import { type RawConnection, type Results, readAll, send } from './pipeline.ts';
import type { Query, TransactionQuery } from './query-value.ts';

/**
 * Sends queries within a transaction, in one round trip and in their order, and answers what each of them reads. The first that fails
 * keeps those after it from being run. Needs a database opened with `pipelines` for more than one.
 */
export async function query<const Queries extends readonly TransactionQuery<unknown>[]>(
  trx: Transaction,
  ...queries: Queries
): Promise<Results<Queries>> {
  const sent = queries.flatMap(({ sql }) => sql ?? []);
  if (trx.isCompleted()) throw new Error('the transaction is over');
  if (sent.length === 0) return readAll(queries, []);
  const answers = await send(await trx.client.acquireConnection(), sent.join(';\n'));
  // One statement is answered by its rows, several by a list of them.
  return readAll(queries, sent.length === 1 ? [answers] : (answers as unknown[]));
}

/** Sends one query: within a transaction, or alone. */
export async function queryOnce<Result>(trx: Transaction, one: TransactionQuery<Result>): Promise<Result>;
export async function queryOnce<Result>(db: Database | Transaction, one: Query<Result>): Promise<Result>;
export async function queryOnce<Result>(
  db: Database | Transaction,
  one: TransactionQuery<Result>,
): Promise<Result> {
  if ('isCompleted' in db && db.isTransaction) return (await query(db, one))[0];
  if (one.sql === null) return one.read([]);
  const connection: RawConnection = await db.client.acquireConnection();
  try {
    return one.read(await send(connection, one.sql));
  } finally {
    await db.client.releaseConnection(connection);
  }
}
