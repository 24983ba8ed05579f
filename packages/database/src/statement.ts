/** What may stand in a statement. Text is always quoted; times are written in UTC. */
export type Value = string | number | bigint | Date | null;

/** A statement, complete with its values, and what its rows mean. `ask` sends it. */
export interface Statement<Result> {
  /** Null where there is nothing to send. */
  readonly sql: string | null;
  readonly read: (rows: unknown) => Result;
}

/** A statement that reads: `?` in `text` stands for a value, or for a list of them. */
export function select<Row, Result>(
  text: string,
  values: readonly (Value | readonly Value[])[],
  read: (rows: Row[]) => Result,
): Statement<Result> {
  return { sql: fill(text, values), read: read as (rows: unknown) => Result };
}

/** A statement that writes. */
export function change(text: string, values: readonly (Value | readonly Value[])[]): Statement<void> {
  return { sql: fill(text, values), read: () => undefined };
}

/** One INSERT of all `rows`, each a value for each of `columns`; nothing where there are none. */
export function insertInto(
  table: string,
  columns: readonly string[],
  rows: readonly (readonly Value[])[],
): Statement<void> {
  if (rows.length === 0) return constant(undefined);
  let sql = `INSERT INTO ${table} (${columns.join(', ')}) VALUES `;
  for (let index = 0; index < rows.length; index += 1) {
    sql += `${index === 0 ? '' : ','}(${list(rows[index] ?? [])})`;
  }
  return { sql, read: () => undefined };
}

/** What is known without asking. */
export function constant<Result>(result: Result): Statement<Result> {
  return { sql: null, read: () => result };
}

function fill(text: string, values: readonly (Value | readonly Value[])[]): string {
  let filled = 0;
  const sql = text.replace(/\?/g, () => {
    const value = values[filled++];
    if (value === undefined) throw new Error('a statement lacks a value');
    return Array.isArray(value) ? list(value) : literal(value as Value);
  });
  if (filled !== values.length) throw new Error('a statement has a value too many');
  return sql;
}

function list(values: readonly Value[]): string {
  let text = '';
  for (let index = 0; index < values.length; index += 1) {
    text += index === 0 ? literal(values[index] as Value) : `,${literal(values[index] as Value)}`;
  }
  return text;
}

function literal(value: Value): string {
  if (value === null) return 'NULL';
  if (typeof value === 'string') return quoted(value);
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  return `'${dateTime(value)}'`;
}

const ENDS_A_TEXT = /['\\]/;

/**
 * A text as the server reads it back, within single quotes, where only they and the backslash mean anything (as long as nobody sets
 * NO_BACKSLASH_ESCAPES, on which the driver counts as well). The driver's own way escapes each quotation mark of JSON too.
 */
function quoted(text: string): string {
  return ENDS_A_TEXT.test(text) ? `'${text.replace(/['\\]/g, '\\$&')}'` : `'${text}'`;
}

// A batch writes the same moment again and again.
let lastMoment: Date | null = null;
let lastText = '';

function dateTime(moment: Date): string {
  if (moment !== lastMoment) {
    lastMoment = moment;
    lastText = moment.toISOString().replace('T', ' ').slice(0, 23);
  }
  return lastText;
}
