import { change as changeBy, constant, Query, select as selectBy } from './query-value.ts';
import { list, literal, Sql, sql, type Value } from './sql.ts';

/** @deprecated Use `Query`, or `TransactionQuery` if it locks. */
export type Statement<Result> = Query<Result>;

type Values = readonly (Value | readonly Value[])[];

export function select<Row>(statement: Sql): Query<Row[]>;
export function select<Row, Result>(statement: Sql, meaning: (rows: Row[]) => Result): Query<Result>;
/** @deprecated Use the `sql` tag. */
export function select<Row, Result>(
  text: string,
  values: Values,
  read: (rows: Row[]) => Result,
): Query<Result>;
export function select(
  statement: Sql | string,
  given?: Values | ((rows: never[]) => unknown),
  read?: (rows: never[]) => unknown,
): Query<unknown> {
  if (typeof statement !== 'string') {
    return given === undefined
      ? selectBy(statement)
      : selectBy(statement, given as (rows: never[]) => unknown);
  }
  return new Query(fill(statement, given as Values), read as (answer: unknown) => unknown);
}

export function change(statement: Sql): Query<number>;
/** @deprecated Use the `sql` tag. */
export function change(text: string, values: Values): Query<void>;
export function change(statement: Sql | string, values?: Values): Query<number> | Query<void> {
  if (typeof statement !== 'string') return changeBy(statement);
  return new Query(fill(statement, values as Values), () => undefined);
}

/** @deprecated Use `table(…).insert`. */
export function insertInto(
  table: string,
  columns: readonly string[],
  rows: readonly (readonly Value[])[],
): Query<void> {
  if (rows.length === 0) return constant(undefined);
  const head = new Sql(`INSERT INTO ${table} (${columns.join(', ')}) VALUES `);
  return changeBy(sql`${head}${rows}`).map(() => undefined);
}

function fill(text: string, values: Values): string {
  let filled = 0;
  const filledText = text.replace(/\?/g, () => {
    const value = values[filled++];
    if (value === undefined) throw new Error('a statement lacks a value');
    return Array.isArray(value) ? list(value) : literal(value as Value);
  });
  if (filled !== values.length) throw new Error('a statement has a value too many');
  return filledText;
}
