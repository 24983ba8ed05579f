/** The values that a query may contain. Text is always quoted; times are written in UTC. */
export type Value = string | number | bigint | boolean | Date | Uint8Array | null;

/** A list is written with commas between its values, a list of lists with parentheses around each: `IN (${ids})`, `IN (${pairs})`. */
export type SqlPart = Sql | Value | readonly Value[] | readonly (readonly Value[])[];

/** A piece of SQL, complete with its values. Only the `sql` tag makes one from text, so no value can become SQL by mistake. */
export class Sql {
  declare private readonly brand: never;
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/**
 * SQL as a value: what is interpolated is quoted, except for other pieces of SQL. An empty list matches nothing.
 * @throws Error for an undefined value, and for an empty list after NOT IN, which would match nothing either
 */
export function sql(texts: TemplateStringsArray, ...parts: readonly SqlPart[]): Sql {
  let text = texts[0] as string;
  for (let index = 0; index < parts.length; index += 1) {
    text += write(parts[index] as SqlPart, text) + texts[index + 1];
  }
  return new Sql(text);
}

/** A name of a table, column, index or user, which is known only at run time. */
export function identifier(name: string): Sql {
  return new Sql(`\`${name.replaceAll('`', '``')}\``);
}

/** The pieces joined with `between`. */
export function join(pieces: readonly Sql[], between: Sql): Sql {
  return new Sql(pieces.map(({ text }) => text).join(between.text));
}

/** All of the conditions, without the undefined ones; without any, it is true for every row. */
export function allOf(...conditions: readonly (Sql | undefined)[]): Sql {
  const given = conditions.filter((one) => one !== undefined);
  if (given.length === 0) return new Sql('1 = 1');
  return new Sql(given.map(({ text }) => `(${text})`).join(' AND '));
}

/** At least one of the conditions; without any, it is true for no row. */
export function anyOf(...conditions: readonly Sql[]): Sql {
  if (conditions.length === 0) return new Sql('1 = 0');
  return new Sql(`(${conditions.map(({ text }) => `(${text})`).join(' OR ')})`);
}

function write(part: SqlPart, before: string): string {
  if (part instanceof Sql) return part.text;
  if (!Array.isArray(part)) return literal(part as Value);
  if (part.length > 0) return Array.isArray(part[0]) ? tuples(part) : list(part);
  if (/\bNOT IN \($/i.test(before)) throw new Error('NOT IN of an empty list');
  return 'NULL';
}

function tuples(rows: readonly (readonly Value[])[]): string {
  return rows.map((row) => `(${list(row)})`).join(',');
}

/** Values with commas between them. */
function list(values: readonly Value[]): string {
  let text = '';
  for (let index = 0; index < values.length; index += 1) {
    text += index === 0 ? literal(values[index] as Value) : `,${literal(values[index] as Value)}`;
  }
  return text;
}

/** A value as a SQL literal. */
export function literal(value: Value): string {
  if (typeof value === 'string') return quoted(value);
  if (value === null) return 'NULL';
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new RangeError(`${value} cannot be stored`);
    return String(value);
  }
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'boolean') return value ? '1' : '0';
  if (value instanceof Date) return `'${dateTime(value)}'`;
  if (value instanceof Uint8Array) {
    return `x'${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')}'`;
  }
  throw new Error('a query lacks a value');
}

const NEEDS_ESCAPE = /['\\]/;

/**
 * Text within single quotes, where only the quote and the backslash have a meaning: sessions are opened without NO_BACKSLASH_ESCAPES, as the driver's
 * own quoting needs it too. The driver's own quoting also escapes every double quote, which is slow for the JSON of a batch.
 */
function quoted(text: string): string {
  return NEEDS_ESCAPE.test(text) ? `'${text.replace(/['\\]/g, '\\$&')}'` : `'${text}'`;
}

// A batch writes the same time often.
let lastMoment: Date | null = null;
let lastText = '';

function dateTime(moment: Date): string {
  if (moment !== lastMoment) {
    lastText = moment.toISOString().replace('T', ' ').slice(0, 23);
    lastMoment = moment;
  }
  return lastText;
}
