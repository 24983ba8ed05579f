import test from 'ava';
import fc from 'fast-check';
import { isIban } from './iban.ts';
import { formatRib, isRib, parseRib, type Rib, ribFromIban, ribKey, ribToIban, ribToString } from './rib.ts';

// The examples of the French standard and of the SWIFT registry.
const PUBLISHED: readonly Rib[] = [
  { bank: '20041', branch: '01005', number: '0500013M026', key: '06' },
  { bank: '30006', branch: '00001', number: '12345678901', key: '89' },
];

const anyRib = fc
  .tuple(fc.stringMatching(/^\d{5}$/), fc.stringMatching(/^\d{5}$/), fc.stringMatching(/^[0-9A-Z]{11}$/))
  .map(([bank, branch, number]): Rib => ({ bank, branch, number, key: ribKey(bank, branch, number) }));

for (const rib of PUBLISHED) {
  test(`the key of ${formatRib(rib)} is computed again`, (t) => {
    t.is(ribKey(rib.bank, rib.branch, rib.number), rib.key);
    t.true(isRib(rib));
  });
}

test('a key is two digits from 01 to 97', (t) => {
  fc.assert(
    fc.property(anyRib, ({ key }) => {
      t.regex(key, /^\d\d$/);
      t.true(Number(key) >= 1 && Number(key) <= 97);
    }),
  );
});

test('the key detects a change of any single digit', (t) => {
  fc.assert(
    fc.property(anyRib, fc.nat(22), fc.integer({ min: 1, max: 9 }), (rib, place, by) => {
      const characters = [...ribToString(rib)];
      const digit = characters[place] as string;
      if (!/\d/.test(digit)) return;
      characters[place] = String((Number(digit) + by) % 10);
      const changed = parseRib(characters.join(''));
      t.true(changed !== null && !isRib(changed));
    }),
    { numRuns: 500 },
  );
});

test('a RIB becomes a valid IBAN and can be read from it again', (t) => {
  fc.assert(
    fc.property(anyRib, (rib) => {
      const iban = ribToIban(rib);
      t.true(isIban(iban), iban);
      t.deepEqual(ribFromIban(iban), rib);
      t.deepEqual(parseRib(formatRib(rib).toLowerCase()), rib);
    }),
  );
  t.is(ribToIban(PUBLISHED[0] as Rib), 'FR1420041010050500013M02606');
});

test('spaces, dashes and lower case are accepted; any other form is refused', (t) => {
  const rib = PUBLISHED[0] as Rib;
  t.deepEqual(parseRib(' 20041 01005 0500013m026 06 '), rib);
  t.deepEqual(parseRib('20041-01005-0500013M026-06'), rib);
  for (const wrong of [
    '',
    '20041',
    '2004101005050001 3M0260',
    '20041010050500013M026066',
    '20041.01005.0500013M026.06',
  ]) {
    t.is(parseRib(wrong), null, wrong);
  }
  t.false(isRib({ ...rib, key: '07' }));
  t.false(isRib({ ...rib, number: '0500013m026' }));
  t.false(isRib({ bank: '2004', branch: '101005', number: '0500013M026', key: '06' }));
});

test('bank and branch are digits, as in the IBAN of the RIB', (t) => {
  for (const [bank, branch] of [
    ['A0041', '01005'],
    ['20041', '0100Z'],
  ] as const) {
    const number = '0500013M026';
    const key = ribKey(bank, branch, number);
    t.is(parseRib(`${bank}${branch}${number}${key}`), null);
    t.false(isRib({ bank, branch, number, key }));
  }
});

test('another country’s IBAN contains no RIB', (t) => t.is(ribFromIban('DE89370400440532013000'), null));
