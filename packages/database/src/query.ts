import { inSpan } from '@guichet/tracing';
import { type DatabaseError, leavesOutcomeUnknown } from './errors.ts';
import type { Database, Readable, ReadOnlyDatabase } from './open.ts';
import type { Query, Read, TransactionQuery } from './query-value.ts';
import { retryTransaction } from './retry.ts';
import type { Results, Transaction } from './transaction.ts';

/**
 * Sends queries within a transaction, in order, and returns the result of each: in one round trip if the database was opened with `pipelines`. After
 * the first failure, the remaining queries are not run.
 */
export async function query<const Queries extends readonly TransactionQuery<unknown>[]>(
  trx: Transaction,
  ...queries: Queries
): Promise<Results<Queries>> {
  return trx.query(...queries);
}

/** How often a query on its own is sent if each time it collides with a transaction. */
const ATTEMPTS = 8;

/**
 * Sends one query, within a transaction or on its own; again as a transaction is. A read may go to a replica, which first catches up with what is committed; if none can serve it, to the writer.
 */
export async function queryOnce<Result>(trx: Transaction, one: TransactionQuery<Result>): Promise<Result>;
export async function queryOnce<Result>(db: Database | Transaction, one: Query<Result>): Promise<Result>;
export async function queryOnce<Result>(db: Readable | Transaction, one: Read<Result>): Promise<Result>;
export async function queryOnce<Result>(
  sender: Readable | Transaction,
  one: TransactionQuery<Result>,
): Promise<Result> {
  if ('writer' in sender) return readOnce(sender, one as Read<Result>);
  if (!('connections' in sender)) return (await sender.query(one))[0];
  if (one.sql === null) return one.read([]);
  const { sql } = one;
  const { connections } = sender;
  return inSpan(
    () => verbOf(sql),
    connections.described,
    () =>
      retryTransaction(
        connections,
        async () => {
          const connection = await connections.acquire();
          try {
            const [answer] = await connections.send(connection, [sql]).catch((error: DatabaseError) => {
              error.isOutcomeUnknown = leavesOutcomeUnknown(error);
              throw error;
            });
            return one.read(answer);
          } finally {
            connections.release(connection);
          }
        },
        { attempts: ATTEMPTS, isRepeatable: verbOf(sql) === 'SELECT' },
      ),
  );
}

async function readOnce<Result>({ replicas, writer }: ReadOnlyDatabase, one: Read<Result>): Promise<Result> {
  const { sql } = one;
  if (replicas === null || sql === null) return queryOnce(writer, one);
  const given = await inSpan(
    () => `${verbOf(sql)} on a replica`,
    writer.connections.described,
    () => replicas.send(sql),
  );
  return given === null ? queryOnce(writer, one) : one.read(given.answer);
}

/** Sends queries that don't depend on each other: each on a connection of its own, or within a transaction in one round trip. */
export async function queryEach<Result>(
  sender: Database | Transaction,
  queries: readonly Query<Result>[],
): Promise<Result[]>;
export async function queryEach<Result>(
  sender: Readable | Transaction,
  queries: readonly Read<Result>[],
): Promise<Result[]>;
export async function queryEach<Result>(
  sender: Readable | Transaction,
  queries: readonly Query<Result>[],
): Promise<Result[]> {
  if ('query' in sender) return sender.query(...queries);
  return Promise.all(queries.map((one) => queryOnce(sender, one as Read<Result>)));
}

/** The first word of a statement: the rest has values in it. */
function verbOf(sql: string): string {
  return /^[\s(]*([A-Za-z]{1,10})\b/.exec(sql)?.[1]?.toUpperCase() ?? 'query';
}
