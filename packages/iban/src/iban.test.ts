import test from 'ava';
import fc from 'fast-check';
import { formatIban, ibanCheckDigits, isIban, normalizeIban } from './iban.ts';

// From the SWIFT IBAN registry and the European Committee for Banking Standards' example.
const PUBLISHED = [
  'FR1420041010050500013M02606',
  'FR7630006000011234567890189',
  'DE89370400440532013000',
  'GB29NWBK60161331926819',
  'BE68539007547034',
  'CH9300762011623852957',
  'NL91ABNA0417164300',
  'ES9121000418450200051332',
  'IT60X0542811101000000123456',
  'MT84MALT011000012345MTLCAST001S',
  'NO9386011117947',
  'SA0380000000608010167519',
];

for (const iban of PUBLISHED) {
  test(`${iban} is good, and its check digits are found again`, (t) => {
    t.true(isIban(iban));
    t.is(ibanCheckDigits(iban.slice(0, 2), iban.slice(4)), iban.slice(2, 4));
  });
}

test('any single digit changed is caught', (t) => {
  fc.assert(
    fc.property(fc.constantFrom(...PUBLISHED), fc.nat(), fc.integer({ min: 1, max: 9 }), (iban, at, by) => {
      const places = [...iban].flatMap((character, index) => (/\d/.test(character) ? [index] : []));
      const place = places[at % places.length] as number;
      const changed = [...iban];
      changed[place] = String((Number(iban[place]) + by) % 10);
      t.false(isIban(changed.join('')));
    }),
    { numRuns: 500 },
  );
});

test('two neighbouring digits exchanged are caught', (t) => {
  for (const iban of PUBLISHED) {
    for (let at = 4; at < iban.length - 1; at += 1) {
      const [left, right] = [iban[at] as string, iban[at + 1] as string];
      if (left === right || !/\d\d/.test(left + right)) continue;
      t.false(isIban(iban.slice(0, at) + right + left + iban.slice(at + 2)), `${iban} at ${at}`);
    }
  }
});

test('check digits are two characters from 02 to 98', (t) => {
  fc.assert(
    fc.property(fc.stringMatching(/^[0-9A-Z]{23}$/), (bban) => {
      const digits = ibanCheckDigits('FR', bban);
      t.regex(digits, /^\d\d$/);
      t.true(Number(digits) >= 2 && Number(digits) <= 98);
    }),
  );
});

test('spaces, dashes and lower case are how people type; they change nothing', (t) => {
  for (const typed of [
    'fr76 3000 6000 0112 3456 7890 189',
    'FR76-3000-6000-0112-3456-7890-189',
    ' fr76\u00a03000\u202f6000 0112 3456 7890 189\n',
    'ＦＲ７６３０００６０００01１２３４５６７８９０１８９',
  ]) {
    t.is(normalizeIban(typed), 'FR7630006000011234567890189');
  }
  t.is(formatIban('FR7630006000011234567890189'), 'FR76 3000 6000 0112 3456 7890 189');
});

test('another length, country or letter is no IBAN', (t) => {
  for (const wrong of [
    '',
    'FR76',
    'FR763000600001123456789018',
    'FR76300060000112345678901890',
    'XX7630006000011234567890189',
    'fr7630006000011234567890189',
    'FR76 3000 6000 0112 3456 7890 189',
    'FR7630006000011234567890O89',
    'FR76300060000112345678901é9',
  ]) {
    t.false(isIban(wrong), wrong);
  }
});

test('anything at all can be typed without harm', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (typed) => {
      const normalized = normalizeIban(typed);
      t.is(typeof isIban(normalized), 'boolean');
      t.is(typeof formatIban(normalized), 'string');
    }),
  );
});
