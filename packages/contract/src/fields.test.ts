import { MAX_AMOUNT_MINOR } from '@guichet/money';
import test from 'ava';
import { Amount } from './fields.ts';

test('an amount is an integer from 1 to 10^12, and nothing else', (t) => {
  for (const good of [1, 100, Number(MAX_AMOUNT_MINOR)]) t.true(Amount.safeParse(good).success);
  const bad = [
    0,
    -1,
    1.5,
    Number(MAX_AMOUNT_MINOR) + 1,
    '1',
    null,
    undefined,
    true,
    Number.NaN,
    1e300,
    [1],
    1n,
  ];
  for (const given of bad) t.false(Amount.safeParse(given).success, String(given));
});
