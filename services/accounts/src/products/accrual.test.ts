import test from 'ava';
import fc from 'fast-check';
import { interestOfDay, PARTS_PER_MINOR, wholeMinor } from './accrual.ts';
import { NO_TERMS, termsOn } from './product.ts';

const TERMS = { ...NO_TERMS, interestRate: 250, overdraftRate: 1_200, minimumBalanceMinor: 10_000n };

test('a year of 365 days earns exactly the rate, and each day of a leap year one 365th of it', (t) => {
  const day = interestOfDay(1_000_000n, TERMS);
  t.is(wholeMinor(day * 365n), 25_000n);
  t.is((day * 365n) % PARTS_PER_MINOR, 0n, 'without a remainder');
  t.is(wholeMinor(day * 366n), 25_068n);
});

test('an overdraft costs its own rate, and a balance below the minimum earns nothing', (t) => {
  t.is(interestOfDay(-5_000n, TERMS), -5_000n * 1_200n);
  t.is(interestOfDay(0n, { ...TERMS, minimumBalanceMinor: 0n }), 0n);
  t.is(interestOfDay(9_999n, TERMS), 0n);
  t.is(interestOfDay(10_000n, TERMS), 10_000n * 250n);
  t.is(interestOfDay(1_000_000n, NO_TERMS), 0n);
});

test('a fraction of a cent is cut off on both sides of zero, and counts later', (t) => {
  t.is(wholeMinor(PARTS_PER_MINOR - 1n), 0n);
  t.is(wholeMinor(1n - PARTS_PER_MINOR), 0n);
  t.is(wholeMinor(-PARTS_PER_MINOR), -1n);
  t.is(wholeMinor(PARTS_PER_MINOR - 1n + 1n), 1n);
});

test('what is paid out of several periods, with the remainder carried, is what one period pays', (t) => {
  const balance = fc.bigInt({ min: -(10n ** 12n), max: 9n * 10n ** 15n });
  const days = fc.array(fc.tuple(balance, fc.boolean()), { maxLength: 400 });
  const check = () =>
    fc.assert(
      fc.property(days, (given) => {
        let [all, open, paid] = [0n, 0n, 0n];
        for (const [closing, isPaid] of given) {
          const parts = interestOfDay(closing, TERMS);
          all += parts;
          open += parts;
          if (!isPaid) continue;
          paid += wholeMinor(open);
          open -= wholeMinor(open) * PARTS_PER_MINOR;
        }
        return paid * PARTS_PER_MINOR + open === all;
      }),
    );
  t.notThrows(check);
});

test('the terms of a day are the latest that have begun', (t) => {
  const terms = ['2026-10-01', '2026-12-15', '2026-11-20'].map((validFrom) => ({ validFrom }));
  const on = (day: string) => termsOn(terms, day)?.validFrom ?? null;
  t.deepEqual(['2026-09-30', '2026-10-01', '2026-11-19', '2026-11-20', '2026-12-14', '2027-03-01'].map(on), [
    null,
    '2026-10-01',
    '2026-10-01',
    '2026-11-20',
    '2026-11-20',
    '2026-12-15',
  ]);
});
