import { Sql } from './sql.ts';
import type { Column } from './table.ts';

// Ids are stored as BINARY(16): less than half as wide as text, in rows and in every index. A UUIDv7 (RFC 9562) keeps its order.
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Whether text is an id as the bank writes it, in lower case. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/** An id in a query. Text that is no UUID becomes NULL, which equals no id. */
export function uuid(id: string): Sql {
  return new Sql(isUuid(id) ? bytesOf(id) : 'NULL');
}

/** Ids in `IN (${uuids(ids)})`; none match nothing. */
export function uuids(ids: Iterable<string>): Sql {
  const found = [...ids].filter(isUuid);
  return new Sql(found.length === 0 ? 'NULL' : found.map(bytesOf).join(','));
}

/** A column with an id, or null. @throws RangeError when text that is no UUID is written */
export function uuidColumn<Id extends string | null>(column: string): Column<Id> {
  return { column, write: writeUuid };
}

function writeUuid(id: string | null): Sql | null {
  if (id === null) return null;
  if (!isUuid(id)) throw new RangeError(`${id} is not a UUID`);
  return new Sql(bytesOf(id));
}

/** An id for UNHEX, where a query takes its ids from JSON. */
export function uuidHex(id: string): string {
  return id.replaceAll('-', '');
}

/** The text of an id, for a query that writes it into a message. */
export function uuidAsText(id: Sql): Sql {
  const dashed = [9, 14, 19, 24].reduce(
    (text, at) => `INSERT(${text}, ${at}, 0, '-')`,
    `LOWER(HEX(${id.text}))`,
  );
  return new Sql(dashed);
}

/** Before every id, in their order. */
export const NO_UUID = '00000000-0000-0000-0000-000000000000';

/** An id as a column has it, for queries that are not made by `sql`. */
export function uuidBytes(id: string): Buffer {
  return Buffer.from(uuidHex(id), 'hex');
}

/** The text of a stored id. */
export function uuidText(stored: Buffer): string {
  const hex = stored.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

// Slices instead of a search for the dashes, which takes twice as long; only for text that is a UUID.
function bytesOf(id: string): string {
  return `x'${id.slice(0, 8)}${id.slice(9, 13)}${id.slice(14, 18)}${id.slice(19, 23)}${id.slice(24)}'`;
}
