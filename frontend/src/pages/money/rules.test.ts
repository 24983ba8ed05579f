import { LANGUAGES } from '@guichet/contract';
import { MAX_AMOUNT_MINOR } from '@guichet/money';
import test from 'ava';
import fc from 'fast-check';
import { createFormats } from '../../rendering/formats.ts';
import { formCurrency, readAccountNumber, readAmount, readAmountFor, readAmountOrZero } from './rules.ts';

test('amounts are accepted in the usual notations', (t) => {
  const same = [
    '1234.56',
    '1234,56',
    '1 234,56',
    '1 234,56',
    '1 234,56',
    '1,234.56',
    '1.234,56',
    ' 1234,56 € ',
  ];
  for (const typed of same) t.deepEqual(readAmount(typed), { amountMinor: 123_456n }, typed);
  t.deepEqual(readAmount('12'), { amountMinor: 1_200n });
  t.deepEqual(readAmount('0,5'), { amountMinor: 50n });
  t.deepEqual(readAmount('1500', 'JPY'), { amountMinor: 1_500n });
});

test('ambiguous amounts are refused', (t) => {
  t.deepEqual(readAmount(''), { error: 'required' });
  t.deepEqual(readAmount('12.345'), { error: 'amount_decimals' });
  t.deepEqual(readAmount('1,5', 'JPY'), { error: 'amount_decimals' });
  for (const typed of ['abc', '-5', '1e3', '0x10', '1.2.3', '12,34,5', '१२', '1/2', 'NaN', 'Infinity']) {
    const read = readAmount(typed);
    t.true('error' in read, typed);
  }
  t.deepEqual(readAmount('1,2345', 'KWD'), { error: 'amount_decimals' });
  t.deepEqual(readAmount('¥12.5', 'JPY'), { error: 'amount_decimals' });
  t.deepEqual(readAmount('12.345 EUR'), { error: 'amount_decimals' });
  t.deepEqual(readAmount('0'), { error: 'amount_zero' });
  t.deepEqual(readAmount('10000000000.01'), { error: 'amount_too_large' });
  t.deepEqual(readAmountOrZero('0,00'), { amountMinor: 0n });
});

test('every amount we show can be entered again, in both languages', (t) => {
  const amounts = fc.tuple(
    fc.bigInt({ min: 1n, max: MAX_AMOUNT_MINOR }),
    fc.constantFrom('EUR', 'JPY', 'KWD'),
  );
  for (const locale of LANGUAGES) {
    const { typedAmount, money, amountTexts } = createFormats(locale, 'Europe/Paris');
    fc.assert(
      fc.property(amounts, ([amountMinor, currency]) => {
        t.deepEqual(readAmount(typedAmount(amountMinor, currency), currency), { amountMinor });
        t.deepEqual(readAmount(money(amountMinor, currency), currency), { amountMinor });
        t.true('amountMinor' in readAmount(amountTexts(currency).example, currency));
      }),
    );
  }
});

test('no input makes it throw or leave the range', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.constantFrom('EUR', 'JPY', 'KWD'), (typed, currency) => {
      const read = readAmount(typed, currency);
      t.true('error' in read || (read.amountMinor > 0n && read.amountMinor <= MAX_AMOUNT_MINOR));
    }),
  );
});

test('an amount is read in the currency of the chosen account', (t) => {
  const [euros, yen] = [{ currency: 'EUR' }, { currency: 'JPY' }];
  t.deepEqual(readAmountFor('12,50', euros, [euros, yen]), { amountMinor: 1_250n });
  t.deepEqual(readAmountFor('12,50', yen, [euros, yen]), { error: 'amount_decimals' });
  t.deepEqual(readAmountFor('1500', yen, [euros, yen]), { amountMinor: 1_500n });
});

test('until an account is chosen, an amount is refused only if it is invalid in every account’s currency', (t) => {
  const [euros, yen] = [{ currency: 'EUR' }, { currency: 'JPY' }];
  t.deepEqual(readAmountFor('12,50', undefined, [yen, euros]), { amountMinor: 1_250n });
  t.deepEqual(readAmountFor('12,50', undefined, [yen]), { error: 'amount_decimals' });
  t.deepEqual(readAmountFor('12,5x', undefined, []), { error: 'amount_unclear' });
});

test('a form has the currency of the chosen account, or the only one', (t) => {
  const [euros, yen] = [
    { id: '1', currency: 'EUR' },
    { id: '2', currency: 'JPY' },
  ];
  t.is(formCurrency('2', [euros, yen]), 'JPY');
  t.is(formCurrency(undefined, [euros, { ...euros, id: '3' }]), 'EUR');
  t.is(formCurrency('another', [euros, yen]), '');
});

test('the first characters distinguish an IBAN from a RIB', (t) => {
  t.deepEqual(readAccountNumber('fr76 3009 9000 0100 0000 0004 238'), {
    iban: 'FR7630099000010000000004238',
  });
  t.deepEqual(readAccountNumber('30099 00001 00000000042 38'), { rib: '30099000010000000004238' });
  t.deepEqual(readAccountNumber('9'.repeat(100)), { rib: '9'.repeat(100) });
  t.deepEqual(readAccountNumber('ＦＲ７６３００９９'), { iban: 'FR7630099' });
});
