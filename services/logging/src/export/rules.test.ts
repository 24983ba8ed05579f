import test from 'ava';
import fc from 'fast-check';
import { csvCell } from './rules.ts';

test('no cell begins like a formula', (t) => {
  for (const start of ['=', '+', '-', '@', '\t', '\r', '\n', '＝']) {
    t.true(csvCell(`${start}HYPERLINK("http://x")`).replace(/^"/, '').startsWith("'"), JSON.stringify(start));
  }
  fc.assert(fc.property(fc.string(), (text) => !/^"?[=+\-@\t\r]/.test(csvCell(text))));
});

test('a cell is read back as it was, but for the leading apostrophe', (t) => {
  const unquote = (cell: string) => (cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell);
  fc.assert(
    fc.property(fc.string(), (text) => {
      const cell = csvCell(text);
      if (!cell.startsWith('"')) t.notRegex(cell, /[",\r\n]/);
      return [text, `'${text}`].includes(unquote(cell));
    }),
  );
});

test('nothing is an empty cell, and numbers stay numbers', (t) => {
  t.is(csvCell(null), '');
  t.is(csvCell(-5), '-5');
});
