import test from 'ava';
import fc from 'fast-check';
import { amountSchema, MAX_AMOUNT_MINOR, toJsonMinor } from './amount.ts';

test('an amount is an integer from 1 to 10^12, and nothing else', (t) => {
  for (const good of [1, 100, Number(MAX_AMOUNT_MINOR)]) t.true(amountSchema.safeParse(good).success);
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
  for (const given of bad) t.false(amountSchema.safeParse(given).success, String(given));
});

test('minor units cross into JSON exactly or not at all', (t) => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }), (amount) => {
      if (amount >= -(2n ** 53n) + 1n && amount <= 2n ** 53n - 1n) t.is(BigInt(toJsonMinor(amount)), amount);
      else t.throws(() => toJsonMinor(amount), { instanceOf: RangeError });
    }),
  );
});
