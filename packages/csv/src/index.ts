/** A decimal number in plain form, such as `-12.50`. */
export interface Decimal {
  readonly decimal: string;
}

export type Cell = string | number | Decimal | null;

/** Tells Excel that the file is UTF-8. */
const BYTE_ORDER_MARK = '\ufeff';

/** The first line of a file, after a byte order mark. */
export function csvHeader(names: readonly string[]): string {
  return BYTE_ORDER_MARK + csvRecord(names);
}

/**
 * A record of RFC 4180, with commas. No text in it starts a formula, whether a program splits at commas or at semicolons.
 * @throws TypeError where the first cell is a negative number: split at semicolons, the rest of the line would follow its sign
 */
export function csvRecord(cells: readonly Cell[]): string {
  const written = cells.map(writeCell);
  if (typeof cells[0] !== 'string' && written[0]?.startsWith('-')) {
    throw new TypeError('a record cannot begin with a negative number');
  }
  return `${written.join(',')}\r\n`;
}

const DECIMAL = /^-?\d+(\.\d+)?$/;

function writeCell(cell: Cell): string {
  if (cell === null) return '';
  if (typeof cell === 'string') return quoted(harmless(cell));
  const written = typeof cell === 'number' ? String(cell) : cell.decimal;
  if (!DECIMAL.test(written)) throw new TypeError('not a plain number');
  return written;
}

// Some programs read a formula even after quotes, blanks and invisible characters.
const FORMULA = /^(?:["\s\p{Cc}\p{Cf}]*[=+\-@＝＋－＠]|[\t\r\n])/u;
// After a semicolon, a quote is risky too, because it hides the next separators, and so is the end of the cell, because its closing quote follows.
const RISKY = /^["\s\p{Cc}\p{Cf}]*(?:[=+\-@＝＋－＠]|$)|^["\t]/u;

/** Adds an apostrophe before anything that starts like a formula, at the start of the text or after a semicolon or line break in it. */
function harmless(text: string): string {
  const [first = '', ...rest] = text.split(/(?<=[;\r\n])/);
  if (/[;\r\n]$/.test(text)) rest.push('');
  const start = FORMULA.test(first) ? `'${first}` : first;
  return start + rest.map((part) => (RISKY.test(part) ? `'${part}` : part)).join('');
}

function quoted(text: string): string {
  return /[",;\t\r\n]/.test(text) || text !== text.trim() ? `"${text.replaceAll('"', '""')}"` : text;
}
