import type { Knex } from 'knex';
import { type Results, readAll, send } from './pipeline.ts';
import type { Statement } from './statement.ts';

/**
 * Sends statements within a transaction, in one round trip and in their order, and answers what each of them reads. The first that fails
 * keeps those after it from being run. Needs a database opened with `pipelines` where more than one is asked at once.
 */
export async function query<const Asked extends readonly Statement<unknown>[]>(
  trx: Knex.Transaction,
  ...asked: Asked
): Promise<Results<Asked>> {
  const sent = asked.flatMap(({ sql }) => sql ?? []);
  if (trx.isCompleted()) throw new Error('the transaction is over');
  if (sent.length === 0) return readAll(asked, []);
  const answers = await send(await trx.client.acquireConnection(), sent.join(';\n'));
  // One statement is answered by its rows, several by a list of them.
  return readAll(asked, sent.length === 1 ? [answers] : (answers as unknown[]));
}

/** Sends one statement outside any transaction. */
export async function queryOnce<Result>(db: Knex, asked: Statement<Result>): Promise<Result> {
  if (asked.sql === null) return asked.read([]);
  const connection = await db.client.acquireConnection();
  try {
    return asked.read(await send(connection, asked.sql));
  } finally {
    await db.client.releaseConnection(connection);
  }
}
