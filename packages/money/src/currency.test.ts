import test from 'ava';
import fc from 'fast-check';
import { formatAmount, formatMoney, minorDigits, parseMoney, toDecimal } from './currency.ts';

const minor = fc.bigInt({ min: 0n, max: 10n ** 18n });
const spaced = (text: string) => text.replace(/\s/g, ' ');

test('a formatted amount can be parsed again, in English, French and German', (t) => {
  const shown = fc.tuple(
    minor,
    fc.constantFrom('EUR', 'CHF', 'USD', 'GBP', 'JPY'),
    fc.constantFrom('en', 'en-GB', 'fr', 'de'),
  );
  fc.assert(
    fc.property(shown, ([amount, code, locale]) => {
      t.is(parseMoney(formatMoney(amount, code, locale), code), amount);
    }),
  );
});

test('plain digits with either decimal mark are read exactly, however large the amount', (t) => {
  fc.assert(
    fc.property(
      minor,
      fc.constantFrom('EUR', 'USD', 'CHF'),
      fc.constantFrom('.', ','),
      (amount, code, mark) => {
        const text = amount.toString().padStart(3, '0');
        t.is(parseMoney(`${text.slice(0, -2)}${mark}${text.slice(-2)}`, code), amount);
      },
    ),
  );
});

test('a parsed amount has the typed digits in order, and at most two more zeros', (t) => {
  const typing = fc.string({ unit: fc.constantFrom(..."0123456789.,' ’-+eE€$½²٣"), maxLength: 12 });
  fc.assert(
    fc.property(typing, (typed) => {
      const read = parseMoney(typed, 'EUR');
      if (read === null) return;
      t.regex(typed, /^[\d.,' ’€]+$/);
      const digits = BigInt(typed.replace(/\D/g, ''));
      t.true([digits, digits * 10n, digits * 100n].includes(read));
    }),
    { numRuns: 2_000 },
  );
});

for (const [typed, amount] of [
  ['1 234,56', 123_456n],
  ['1 234,56 €', 123_456n],
  ['1234.56', 123_456n],
  ['1.234,56', 123_456n],
  ['1,234.56', 123_456n],
  ["1'234.56", 123_456n],
  ['1.234.567', 123_456_700n],
  ['€12', 1_200n],
  ['12 eur', 1_200n],
  ['1,5', 150n],
  ['0', 0n],
] as const) {
  test(`“${typed}” is ${amount} cents`, (t) => t.is(parseMoney(typed, 'EUR'), amount));
}

for (const typed of [
  '1.234',
  '1,234',
  '1.234.56',
  '1,234,56',
  '12 34',
  '10 50',
  '1 2',
  '1 234 5',
  '12 345.678,00',
  '1.005',
  '0,001',
  '-1',
  '+1',
  '1e3',
  '10²',
  '½',
  '٣',
  '.5',
  '5.',
  '',
  ' ',
  'twelve',
  '12 $',
  '$12',
  '12 USD',
  '12 €€',
  'NaN',
]) {
  test(`“${typed}” is refused as an amount in euros`, (t) => t.is(parseMoney(typed, 'EUR'), null));
}

test('a currency without minor units accepts no decimals', (t) => {
  t.is(parseMoney('1234', 'JPY'), 1_234n);
  t.is(parseMoney('12.5', 'JPY'), null);
  t.is(minorDigits('JPY'), 0);
});

test('a currency with three decimals can be parsed as it is formatted', (t) => {
  t.is(minorDigits('KWD'), 3);
  t.is(minorDigits('nothing'), 2);
  t.is(parseMoney('1.234', 'KWD'), 1_234n);
  t.is(parseMoney('1,5', 'KWD'), 1_500n);
  t.is(parseMoney('1 234,567', 'KWD'), 1_234_567n);
  t.is(parseMoney('1.2345', 'KWD'), null);
  fc.assert(
    fc.property(minor, fc.constantFrom('en', 'fr', 'de'), (amount, locale) => {
      t.is(parseMoney(formatMoney(amount, 'KWD', locale), 'KWD'), amount);
      t.is(parseMoney(toDecimal(amount, 'KWD'), 'KWD'), amount);
    }),
  );
});

test('amounts are shown to the last cent, beyond what a float can hold', (t) => {
  t.is(spaced(formatMoney(123_456n, 'EUR', 'fr')), '1 234,56 €');
  t.is(formatMoney(9_007_199_254_740_993n, 'EUR', 'en'), '€90,071,992,547,409.93');
  t.is(formatMoney(-5n, 'EUR', 'en'), '-€0.05');
  t.is(formatMoney(1_234n, 'JPY', 'en'), '¥1,234');
  t.is(spaced(formatMoney(150n, 'XXX', 'en')), '¤1.50');
});

test('in a column that names the currency, amounts have no currency sign', (t) => {
  t.is(spaced(formatAmount(123_456n, 'EUR', 'fr')), '1 234,56');
  t.is(formatAmount(-123_456n, 'EUR', 'en'), '-1,234.56');
  t.is(formatAmount(1_234n, 'JPY', 'en'), '1,234');
  t.is(formatAmount(-5n, 'CHF', 'en'), '-0.05');
});

test('a plain decimal has the currency’s digits and a sign, however small', (t) => {
  t.is(toDecimal(-1250n, 'EUR'), '-12.50');
  t.is(toDecimal(-5n, 'EUR'), '-0.05');
  t.is(toDecimal(0n, 'EUR'), '0.00');
  t.is(toDecimal(123456789012345678n, 'EUR'), '1234567890123456.78');
  t.is(toDecimal(-1250n, 'JPY'), '-1250');
});
