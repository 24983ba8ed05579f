import test from 'ava';
import { text } from './index.ts';

test('takes text up to its length, in code points', (t) => {
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

test('does not search what is too long', (t) => {
  const found = text(3).safeParse('\uD800'.repeat(100));
  t.deepEqual(
    found.error?.issues.map(({ code }) => code),
    ['too_big'],
  );
});
