import test from 'ava';
import fc from 'fast-check';
import { formatIban, ibanCheckDigits, isIban, normalizeIban } from './iban.ts';
import { REGISTRY_EXAMPLES } from './registry.fixture.ts';
import { BBAN_STRUCTURES } from './registry.ts';
import { parseRib } from './rib.ts';

const PUBLISHED = [...REGISTRY_EXAMPLES, 'FR7630006000011234567890189'];

for (const iban of PUBLISHED) {
  test(`${iban} is valid, and its check digits are computed again`, (t) => {
    t.true(isIban(iban));
    t.is(ibanCheckDigits(iban.slice(0, 2), iban.slice(4)), iban.slice(2, 4));
  });
}

test('changing any single digit is detected', (t) => {
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

test('swapping two neighbouring digits is detected', (t) => {
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

test('spaces, dashes and lower case do not matter', (t) => {
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

test('a wrong length, country or letter is not an IBAN', (t) => {
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

test('any text is either an IBAN or refused', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (typed) => {
      const normalized = normalizeIban(typed);
      t.is(typeof isIban(normalized), 'boolean');
      t.is(typeof formatIban(normalized), 'string');
    }),
  );
});

test('every country of the registry has an example, and every example a country', (t) => {
  t.deepEqual(
    REGISTRY_EXAMPLES.map((iban) => iban.slice(0, 2)),
    Object.keys(BBAN_STRUCTURES) as never,
  );
});

test('numbers that the registry allows are accepted, whatever the country’s own banks require', (t) => {
  for (const iban of [
    'BY26AKB10100000002966000000A',
    withDigits('PK', 'ABCD0000A1B2C3D4E5F6'),
    withDigits('PS', 'PALSABCDEFGHIJKLMNOPQRSTU'),
    withDigits('DO', 'A1B200000001212453611324'),
    withDigits('MK', '250ABCDEFGHIJ84'),
    withDigits('KW', 'CBKUABCDEFGHIJKLMNOPQRSTUV'),
    withDigits('BE', '539007547035'),
    withDigits('NO', '86011117948'),
    withDigits('ES', '21000418450200051333'),
  ]) {
    t.true(isIban(iban), iban);
  }
});

test('a territory that uses another country’s code has no IBANs of its own', (t) => {
  for (const territory of ['BL', 'GF', 'GP', 'MF', 'MQ', 'NC', 'PF', 'PM', 'RE', 'TF', 'WF', 'YT']) {
    t.false(isIban(withDigits(territory, '20041010050500013M02606')), territory);
  }
  t.false(isIban(withDigits('AX', '12345600000785')));
  for (const territory of ['GG', 'IM', 'JE']) t.false(isIban(withDigits(territory, 'NWBK60161331926819')));
});

test('a letter where the structure has a digit is refused, and a digit where it has a letter', (t) => {
  t.false(isIban(withDigits('FR', '2004A010050500013M02606')));
  t.false(isIban(withDigits('FR', '2004101005050001300260A')));
  t.false(isIban(withDigits('GB', '1WBK60161331926819')));
});

test('check digits that are right by remainder but out of range are refused', (t) => {
  // ISO 13616 generates only 02 to 98: 00, 01 and 99 leave the same remainder as 97, 98 and 02.
  for (const [country, bban] of someBbans()) {
    const digits = Number(ibanCheckDigits(country, bban));
    for (const alias of [digits - 97, digits + 97]) {
      if (alias >= 0 && alias <= 99)
        t.false(isIban(`${country}${String(alias).padStart(2, '0')}${bban}`), `${country} ${alias}`);
    }
  }
});

test('text that is too long for an IBAN is not normalized', (t) => {
  const combining = `e${'\u0301\u0323'.repeat(48_000)}`;
  t.is(normalizeIban(combining), '');
  t.is(parseRib(combining), null);
  t.is(normalizeIban(`${' '.repeat(45)}FR1420041010050500013M02606`), '');
});

test('letters that become Latin only in upper case are refused', (t) => {
  t.false(isIban(normalizeIban('LU28001940064475000ı')));
  t.is(normalizeIban('ı'), 'ı');
});

function withDigits(country: string, bban: string): string {
  return `${country}${ibanCheckDigits(country, bban)}${bban}`;
}

function someBbans(): [country: string, bban: string][] {
  return Array.from({ length: 400 }, (_, number) => ['LT', String(1_000_011_101_001_000 + number)]);
}
