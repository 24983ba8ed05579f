import test from 'ava';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { type Cell, csvHeader, csvRecords } from './index.ts';

const csvRecord = (cells: readonly Cell[]) => csvRecords([cells]);

const FORMULA = /^[\s\p{Cc}\p{Cf}"]*[=+\-@＝＋－＠]|^[\t\r\n]/u;
const NUMBER = /^-?\d+(\.\d+)?$/;

const pieces = fc.constantFrom(
  ...[
    '=',
    '+',
    '-',
    '@',
    '＝',
    '＋',
    '－',
    '＠',
    ';',
    ',',
    '"',
    "'",
    '\t',
    '\r',
    '\n',
    '\r\n',
    ' ',
    '\u200b',
    '\0',
  ],
  ...['1+1', 'x', 'é', '😀', '=1+1', ';=1+1;', '"=1', '";"', '-5', 'HYPERLINK("http://x")'],
);
const anyText = fc.oneof(
  fc.array(pieces, { maxLength: 12 }).map((parts) => parts.join('')),
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary-ascii' }),
);
const anyNumber: fc.Arbitrary<Cell> = fc.oneof(
  fc.integer().filter((number) => !Object.is(number, -0)),
  fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n }).map((minor) => ({ decimal: `${minor}.50` })),
  fc.constant(null),
);
const anyRecord = fc
  .tuple(
    anyText,
    fc.array(fc.oneof({ weight: 3, arbitrary: anyText as fc.Arbitrary<Cell> }, anyNumber), { maxLength: 5 }),
  )
  .map(([first, more]) => [first, ...more]);

test('no cell begins like a formula, whether a program splits at commas or at semicolons', (t) => {
  fc.assert(
    fc.property(fc.array(anyRecord, { minLength: 1, maxLength: 3 }), (records) => {
      const file = csvHeader(['a', 'b']) + csvRecords(records);
      for (const delimiter of [',', ';']) {
        for (const quote of ['"', null]) {
          if (delimiter === ',' && quote === null) continue;
          const rows: string[][] = parse(file, {
            bom: true,
            delimiter,
            quote: quote as never,
            relax_quotes: true,
            relax_column_count: true,
            record_delimiter: ['\r\n', '\n', '\r'],
          });
          for (const field of rows.flat()) {
            t.true(NUMBER.test(field) || !FORMULA.test(field), JSON.stringify({ delimiter, field, file }));
          }
        }
      }
    }),
    { numRuns: 3_000 },
  );
});

test('parsed with commas, the text is unchanged except for apostrophes', (t) => {
  const plain = (text: string) => text.replaceAll("'", '');
  fc.assert(
    fc.property(anyRecord, (record) => {
      const [read]: string[][] = parse(csvRecord(record), {
        delimiter: ',',
        record_delimiter: '\r\n',
        relax_column_count: true,
      });
      const expected = record.map((cell) =>
        cell === null ? '' : typeof cell === 'object' ? cell.decimal : String(cell),
      );
      t.deepEqual((read ?? ['']).map(plain), expected.map(plain));
    }),
    { numRuns: 1_000 },
  );
});

for (const [text, written] of [
  ['plain', 'plain'],
  ['=SUM(A1)', "'=SUM(A1)"],
  ['＝SUM(A1)', "'＝SUM(A1)"],
  ['-5', "'-5"],
  ['x;=1+1;', `"x;'=1+1;'"`],
  ['x; =1+1', `"x;' =1+1"`],
  ['x;"=1+1"', `"x;'""=1+1"""`],
  ['line\n@cmd', `"line\n'@cmd"`],
  ['a, b', '"a, b"'],
  ['a; b', '"a; b"'],
  ['he said "no"', '"he said ""no"""'],
  ['', ''],
] as const) {
  test(`${JSON.stringify(text)} is written as ${written}`, (t) => {
    t.is(csvRecord([text]), `${written}\r\n`);
  });
}

test('numbers stay numbers, including negative ones, and text never becomes a number', (t) => {
  t.is(csvRecord(['x', -5, { decimal: '-12.50' }, null, 0]), 'x,-5,-12.50,,0\r\n');
  for (const decimal of ['=1', '-1+1', '1e5', '', '-', '1,5']) {
    t.throws(() => csvRecord(['x', { decimal }]), { instanceOf: TypeError }, decimal);
  }
  for (const number of [Number.NaN, Number.POSITIVE_INFINITY, 1e300]) {
    t.throws(() => csvRecord(['x', number]), { instanceOf: TypeError });
  }
  t.throws(() => csvRecord([-5, '3+A1']), { instanceOf: TypeError });
});

test('a file begins with a byte order mark, once', (t) => {
  t.is(csvHeader(['a', 'b']), '\ufeffa,b\r\n');
});

test('a long text is written in bounded time', (t) => {
  for (const text of ['\n'.repeat(200_000), ';'.repeat(200_000), ' '.repeat(200_000), '"'.repeat(200_000)]) {
    const began = process.cpuUsage();
    csvRecord([text]);
    t.true(process.cpuUsage(began).user < 3_000_000);
  }
});
