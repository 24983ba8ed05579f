import { frenchTypographyFaults } from '@guichet/testing';
import test from 'ava';
import { formatsOf, WORDS, type Words } from './words.ts';

/** Every text; those with parameters are filled in. */
function textsOf(words: Words): string[] {
  const { amountsIn, page, issuedOn, kinds, types, ...plain } = words;
  return [
    ...Object.values(plain),
    ...Object.values(kinds),
    ...Object.values(types),
    amountsIn('EUR'),
    page(1, 2),
    issuedOn('1 août 2026 à 09:30'),
  ];
}

test('French documents follow French typography', (t) => {
  for (const text of textsOf(WORDS.fr)) t.deepEqual(frenchTypographyFaults(text), [], text);
  const { money, amount } = formatsOf('fr', 'Europe/Paris');
  t.is(money(123_456_789n, 'EUR'), '1\u00a0234\u00a0567,89\u00a0€');
  t.is(amount(-123_456n, 'EUR').replace(/^\D/, ''), '1\u00a0234,56');
});
