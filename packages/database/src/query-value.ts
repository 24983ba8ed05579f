import type { Sql } from './sql.ts';

/**
 * A complete query as a value, with the conversion of its rows. It may only be sent within a transaction: it locks rows until the transaction ends,
 * or makes a change that must be committed with another one.
 */
export class TransactionQuery<Result> {
  readonly scope: 'transaction' | 'anywhere' | 'reads' = 'transaction';
  /** Null if there is nothing to send. */
  readonly sql: string | null;
  readonly read: (answer: unknown) => Result;

  constructor(text: string | null, read: (answer: unknown) => Result) {
    this.sql = text;
    this.read = read;
  }

  /** The same query with its result converted. */
  map<Mapped>(meaning: (result: Result) => Mapped): TransactionQuery<Mapped> {
    return new TransactionQuery(this.sql, (answer) => meaning(this.read(answer)));
  }
}

/** A query that may also be sent outside a transaction. */
export class Query<Result> extends TransactionQuery<Result> {
  override readonly scope: 'anywhere' | 'reads' = 'anywhere';

  override map<Mapped>(meaning: (result: Result) => Mapped): Query<Mapped> {
    return new Query(this.sql, (answer) => meaning(this.read(answer)));
  }
}

/** A query that only reads, and may also be sent to a replica. */
export class Read<Result> extends Query<Result> {
  override readonly scope = 'reads' as const;

  override map<Mapped>(meaning: (result: Result) => Mapped): Read<Mapped> {
    return new Read(this.sql, (answer) => meaning(this.read(answer)));
  }
}

/** A query that reads; without `meaning`, the result is its rows. */
export function select<Row>(statement: Sql): Read<Row[]>;
export function select<Row, Result>(statement: Sql, meaning: (rows: Row[]) => Result): Read<Result>;
export function select(statement: Sql, meaning: (rows: never[]) => unknown = (rows) => rows): Read<unknown> {
  return new Read(statement.text, meaning as (answer: unknown) => unknown);
}

/** A query that reads rows and locks them against other transactions until this one ends. */
export function lock<Row>(statement: Sql): TransactionQuery<Row[]> {
  return new TransactionQuery(`${statement.text} FOR UPDATE`, (rows) => rows as Row[]);
}

/** A query that reads rows and keeps other transactions from changing them, but not from locking them the same way. */
export function lockShared<Row>(statement: Sql): TransactionQuery<Row[]> {
  // The older form, because MariaDB has no FOR SHARE.
  return new TransactionQuery(`${statement.text} LOCK IN SHARE MODE`, (rows) => rows as Row[]);
}

/** A query that writes; the result is the number of matching rows. */
export function change(statement: Sql): Query<number> {
  return new Query(statement.text, affectedRows);
}

/** The same query, bound to a transaction because its change must be committed with another one. */
export function inTransaction<Result>({ sql, read }: Query<Result>): TransactionQuery<Result> {
  return new TransactionQuery(sql, read);
}

/** A result that needs no query. */
export function constant<Result>(result: Result): Read<Result> {
  return new Read(null, () => result);
}

export function affectedRows(answer: unknown): number {
  return (answer as { affectedRows: number }).affectedRows;
}
