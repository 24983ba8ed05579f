import type { Knex } from 'knex';
import type { Statement } from './statement.ts';

type Results<Asked extends readonly Statement<unknown>[]> = {
  [Index in keyof Asked]: Asked[Index] extends Statement<infer Result> ? Result : never;
};

interface Connection {
  query(sql: string, done: (error: Error | null, rows: unknown) => void): void;
}

/**
 * Sends statements within a transaction, in one round trip and in their order, and answers what each of them reads. The first that fails
 * keeps those after it from being run. Needs a database opened with `bundles` where more than one is asked at once.
 */
export async function ask<const Asked extends readonly Statement<unknown>[]>(
  trx: Knex.Transaction,
  ...asked: Asked
): Promise<Results<Asked>> {
  const sent = asked.filter(({ sql }) => sql !== null);
  if (trx.isCompleted()) throw new Error('the transaction is over');
  const answers =
    sent.length === 0
      ? []
      : await send(await trx.client.acquireConnection(), sent.map(({ sql }) => sql).join(';\n'));
  // One statement is answered by its rows, several by a list of them.
  let next = 0;
  const rowsOf = () => (sent.length === 1 ? answers : (answers as unknown[])[next++]);
  return asked.map((one) => one.read(one.sql === null ? [] : rowsOf())) as Results<Asked>;
}

/** Sends one statement outside any transaction: for what is only shown. */
export async function lookUp<Result>(db: Knex, asked: Statement<Result>): Promise<Result> {
  if (asked.sql === null) return asked.read([]);
  const connection = await db.client.acquireConnection();
  try {
    return asked.read(await send(connection, asked.sql));
  } finally {
    await db.client.releaseConnection(connection);
  }
}

// Past knex, whose builder costs more than all the rest of a statement that is complete already.
function send(connection: Connection, sql: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    connection.query(sql, (error, rows) => (error === null ? resolve(rows) : reject(error)));
  });
}
