import test from 'ava';
import fc from 'fast-check';
import { toJsonMinor } from './amount.ts';

test('minor units are converted to JSON exactly or not at all', (t) => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }), (amount) => {
      if (amount >= -(2n ** 53n) + 1n && amount <= 2n ** 53n - 1n) t.is(BigInt(toJsonMinor(amount)), amount);
      else t.throws(() => toJsonMinor(amount), { instanceOf: RangeError });
    }),
  );
});
