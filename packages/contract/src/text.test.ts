import test from 'ava';
import { plainLines, plainText, text } from './index.ts';

test('accepts text up to its length, in code points', (t) => {
  t.true(text(4).safeParse('café').success);
  t.true(text(4).safeParse('😀😀😀😀').success);
  t.false(text(4).safeParse('😀😀😀😀😀').success);
  t.is(text(4).maxLength, 4);
});

test('refuses a lone surrogate', (t) => {
  t.false(text(10).safeParse('a\uD800b').success);
  t.false(text(10).safeParse('\uDC00').success);
  t.true(text(10).safeParse('\uD83D\uDE00').success);
});

test('does not check text that is too long', (t) => {
  const found = text(3).safeParse('\uD800'.repeat(100));
  t.deepEqual(
    found.error?.issues.map(({ code }) => code),
    ['too_big'],
  );
});

test('plain text is one non-blank line; it is measured before it is trimmed', (t) => {
  t.is(plainText(11).parse('  Zoé ’s 😀 '), 'Zoé ’s 😀');
  for (const bad of [
    '',
    ' ',
    '\u00a0\u2003',
    'a\nb',
    'a\u0000',
    '\u0000',
    '\ta',
    'a\u0085',
    ' \n',
    `a${' '.repeat(10)}`,
  ])
    t.false(plainText(10).safeParse(bad).success, JSON.stringify(bad));
});

test('plain lines may hold line breaks and tabs, and no other control character', (t) => {
  t.is(plainLines(10).parse('\n a\n\tb\r\n'), 'a\n\tb');
  for (const bad of ['', '\n\t ', 'a\u0000', '\u000ba', 'a\u001b[0m'])
    t.false(plainLines(10).safeParse(bad).success, JSON.stringify(bad));
});
