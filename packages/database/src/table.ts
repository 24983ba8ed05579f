import { affectedRows, constant, Query, Read, TransactionQuery } from './query-value.ts';
import { literal, Sql, type Value } from './sql.ts';

/** How a field is stored if its column does not have the same value. */
export interface Column<Field> {
  readonly column: string;
  /** The expression that a SELECT reads instead of the column. */
  readonly expression?: string;
  // biome-ignore lint/suspicious/noExplicitAny: the driver's value, whatever the column's type
  readonly read?: (stored: any) => Field;
  readonly write?: (field: Field) => Value | Sql;
}

/** The column of each field. */
export type Columns<Row extends object> = {
  readonly [Field in keyof Row]-?: string | Column<Row[Field]>;
};

/** A table whose fields are all mapped to their columns in one place. Conditions are the text after WHERE: `sql\`id = ${id} ORDER BY id\``. */
export interface Table<Row extends object> {
  readonly name: Sql;
  /** The columns for a SELECT of several tables; rows have the names of the fields. Fields with a `read` need `read`. */
  readonly columns: Sql;
  /** Applies the `read` of each field to a row that was selected by `columns`. */
  read<Selected extends Row>(row: Selected): Selected;
  /** All rows that match a condition. */
  select(where: Sql): Read<Row[]>;
  /** The first row that matches a condition. */
  find(where: Sql): Read<Row | null>;
  /** The same as `select`, and locks the rows until the transaction ends. */
  lock(where: Sql): TransactionQuery<Row[]>;
  /** The same as `find`, and locks the row until the transaction ends. */
  lockOne(where: Sql): TransactionQuery<Row | null>;
  /** One INSERT of all rows, or of some of their fields; nothing if there are no rows. */
  insert(rows: readonly Row[]): Query<void>;
  insert<Field extends keyof Row>(rows: readonly Pick<Row, Field>[], fields: readonly Field[]): Query<void>;
  /** The same with a clause for ON DUPLICATE KEY UPDATE; `id = id` keeps the stored row. */
  upsert<Field extends keyof Row>(
    rows: readonly Pick<Row, Field>[],
    fields: readonly Field[],
    onDuplicate: Sql,
  ): Query<void>;
  /** Writes fields of the rows that match a condition. Undefined fields are not changed. */
  update(changes: { readonly [Field in keyof Row]?: Row[Field] | undefined }, where: Sql): Query<number>;
  delete(where: Sql): Query<number>;
}

interface Mapped {
  readonly field: string;
  readonly column: string;
  readonly expression: string | undefined;
  readonly read: ((stored: unknown) => unknown) | undefined;
  readonly write: ((field: unknown) => Value | Sql) | undefined;
}

/**
 * A table and its mapping. The server returns columns under the names of the fields, so that a row from the driver already is the object.
 *
 *     const ribs = table<Rib>('ribs', { iban: 'iban', accountId: 'account_id', retiredAt: 'retired_at' });
 */
export function table<Row extends object>(name: string, columns: Columns<Row>): Table<Row> {
  const mapped = (Object.entries(columns) as [string, string | Column<unknown>][]).map(toMapped);
  const byField = new Map(mapped.map((one) => [one.field, one]));
  const readers = mapped.filter(({ read }) => read !== undefined);
  const tableName = `\`${name}\``;
  const selected = `SELECT ${mapped.map((one) => selectedAs(one, '')).join(', ')} FROM ${tableName} WHERE `;
  const insertAll = insertHead(tableName, mapped);

  function readRow<Selected extends object>(row: Selected): Selected {
    for (const { field, read } of readers) {
      (row as Record<string, unknown>)[field] = read?.((row as Record<string, unknown>)[field]);
    }
    return row;
  }
  const readRows = (answer: unknown): Row[] => {
    const rows = answer as Row[];
    if (readers.length > 0) for (const row of rows) readRow(row);
    return rows;
  };
  const readFirst = (answer: unknown): Row | null => {
    const [row] = answer as Row[];
    return row === undefined ? null : readRow(row);
  };
  const columnOf = (field: string): Mapped => {
    const found = byField.get(field);
    if (found === undefined) throw new Error(`${name} has no field ${field}`);
    return found;
  };

  return {
    name: new Sql(tableName),
    columns: new Sql(mapped.map((one) => selectedAs(one, `${tableName}.`)).join(', ')),
    read: readRow,
    select: (where) => new Read(selected + where.text, readRows),
    find: (where) => new Read(`${selected}${where.text} LIMIT 1`, readFirst),
    lock: (where) => new TransactionQuery(`${selected}${where.text} FOR UPDATE`, readRows),
    lockOne: (where) => new TransactionQuery(`${selected}${where.text} LIMIT 1 FOR UPDATE`, readFirst),
    insert(rows: readonly object[], fields?: readonly PropertyKey[]) {
      if (rows.length === 0) return constant(undefined);
      const written = fields === undefined ? mapped : fields.map((field) => columnOf(field as string));
      const head = fields === undefined ? insertAll : insertHead(tableName, written);
      return new Query(head + rowsOf(rows, written), () => undefined);
    },
    upsert(rows, fields, onDuplicate) {
      if (rows.length === 0) return constant(undefined);
      const written = fields.map((field) => columnOf(field as string));
      const text = insertHead(tableName, written) + rowsOf(rows, written);
      return new Query(`${text} ON DUPLICATE KEY UPDATE ${onDuplicate.text}`, () => undefined);
    },
    update(changes, where) {
      const written = Object.entries(changes).filter(([, value]) => value !== undefined);
      if (written.length === 0) return constant(0);
      const assignments = written.map(([field, value]) => {
        const { column, write } = columnOf(field);
        return `\`${column}\` = ${stored(value, write)}`;
      });
      return new Query(`UPDATE ${tableName} SET ${assignments.join(', ')} WHERE ${where.text}`, affectedRows);
    },
    delete: (where) => new Query(`DELETE FROM ${tableName} WHERE ${where.text}`, affectedRows),
  };
}

function toMapped([field, given]: [string, string | Column<unknown>]): Mapped {
  if (typeof given === 'string') {
    return { field, column: given, expression: undefined, read: undefined, write: undefined };
  }
  return { field, column: given.column, expression: given.expression, read: given.read, write: given.write };
}

function selectedAs({ field, column, expression }: Mapped, prefix: string): string {
  if (expression !== undefined) return `${expression} AS \`${field}\``;
  return field === column ? `${prefix}\`${column}\`` : `${prefix}\`${column}\` AS \`${field}\``;
}

function insertHead(tableName: string, written: readonly Mapped[]): string {
  return `INSERT INTO ${tableName} (${written.map(({ column }) => `\`${column}\``).join(',')}) VALUES `;
}

function rowsOf(rows: readonly object[], written: readonly Mapped[]): string {
  let text = '';
  for (let index = 0; index < rows.length; index += 1) {
    const row = rows[index] as Record<string, unknown>;
    for (let place = 0; place < written.length; place += 1) {
      const { field, write } = written[place] as Mapped;
      const value = row[field];
      text += place === 0 ? (index === 0 ? '(' : '),(') : ',';
      text += stored(value, write);
    }
  }
  return `${text})`;
}

function stored(value: unknown, write: Mapped['write']): string {
  if (write === undefined) return literal(value as Value);
  const written = write(value);
  return written instanceof Sql ? written.text : literal(written);
}

/** A boolean that is stored as 1 or 0. */
export function flag(column: string): Column<boolean> {
  return { column, read: (stored: number) => stored === 1, write: (field) => (field ? 1 : 0) };
}

/** A value that is stored as JSON text. */
export function json<Field>(column: string): Column<Field> {
  return { column, read: (stored: string) => JSON.parse(stored), write: (field) => JSON.stringify(field) };
}
