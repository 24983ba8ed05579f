import { stringify } from 'csv-stringify/sync';

/** A decimal number in plain form, such as `-12.50`. */
interface Decimal {
  readonly decimal: string;
}

export type Cell = string | number | Decimal | null;

/** The first line of a file, after a byte order mark, by which Excel recognizes UTF-8. */
export function csvHeader(names: readonly string[]): string {
  return stringify([names], { ...FORMAT, bom: true });
}

/**
 * Records of RFC 4180, with commas. No text in them starts a formula, whether a program splits at commas or at semicolons.
 * @throws TypeError if the first cell is a negative number: split at semicolons, the rest of the line would follow its sign
 */
export function csvRecords(records: readonly (readonly Cell[])[]): string {
  return stringify([...records], FORMAT);
}

const DECIMAL = /^-?\d+(\.\d+)?$/;

function writeNumber(written: string, index: number): string {
  if (!DECIMAL.test(written)) throw new TypeError('is not a plain number');
  if (index === 0 && written.startsWith('-'))
    throw new TypeError('a record cannot begin with a negative number');
  return written;
}

const FORMAT = {
  record_delimiter: 'windows',
  quote_record_delimiter: true,
  quoted_match: [/[;\t]/, /^\s|\s$/],
  // escape_formulas is not enough: it reads only the first character of a cell, and not what follows a semicolon, a quote or a blank.
  cast: {
    string: escapeFormulas,
    number: (number: number, { index }: { index: number }) => writeNumber(String(number), index),
    object: (cell: object, { index }: { index: number }) => writeNumber((cell as Decimal).decimal, index),
  },
};

// Some programs read a formula even after quotes, blanks and invisible characters.
const FORMULA = /^(?:["\s\p{Cc}\p{Cf}]*[=+\-@＝＋－＠]|[\t\r\n])/u;
// After a semicolon, a quote is risky too, because it hides the next separators, and so is the end of the cell, because its closing quote follows.
const RISKY = /^["\s\p{Cc}\p{Cf}]*(?:[=+\-@＝＋－＠]|$)|^["\t]/u;

/** Adds an apostrophe before anything that starts like a formula, at the start of the text or after a semicolon or line break in it. */
function escapeFormulas(text: string): string {
  const [first = '', ...rest] = text.split(/(?<=[;\r\n])/);
  if (/[;\r\n]$/.test(text)) rest.push('');
  const start = FORMULA.test(first) ? `'${first}` : first;
  return start + rest.map((part) => (RISKY.test(part) ? `'${part}` : part)).join('');
}
