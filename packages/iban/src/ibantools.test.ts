import test from 'ava';
import fc from 'fast-check';
import { getCountrySpecifications, isValidIBAN } from 'ibantools';
import { ibanCheckDigits, isIban } from './iban.ts';
import { BBAN_STRUCTURES } from './registry.ts';

// ibantools implements the registry independently. This lists its differences from release 102, so that a new difference fails.
const specifications = getCountrySpecifications();

/** Registered countries that ibantools does not validate. */
const UNKNOWN_THERE = ['BI', 'DJ', 'FK', 'HN'];
/** Territories that have no IBANs of their own. */
const ONLY_THERE = ['AX', 'GF', 'GP', 'MF', 'MQ', 'NC', 'PF', 'PM', 'RE', 'TF', 'WF', 'YT'];
/** Countries whose letters and digits ibantools places differently. */
const STRUCTURED_DIFFERENTLY = ['BY', 'DO', 'GE', 'IE', 'PK', 'PS', 'TR', 'VG'];

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const ALPHABETS: Readonly<Record<string, string>> = {
  n: '0123456789',
  a: LETTERS,
  c: `0123456789${LETTERS}`,
};
const CLASSES: Readonly<Record<string, string>> = {
  '[0-9]': 'n',
  '[A-Z]': 'a',
  '[A-Z0-9]': 'c',
  '[0-9A-Z]': 'c',
};

test('the countries are the same except those listed', (t) => {
  const theirs = Object.keys(specifications).filter((country) => specifications[country]?.IBANRegistry);
  const ours = Object.keys(BBAN_STRUCTURES);
  t.deepEqual(
    ours.filter((country) => !theirs.includes(country)),
    UNKNOWN_THERE,
  );
  t.deepEqual(
    theirs.filter((country) => !ours.includes(country)),
    ONLY_THERE,
  );
});

test('the structures are the same except those listed', (t) => {
  const differing = Object.entries(BBAN_STRUCTURES)
    .filter(([country]) => !UNKNOWN_THERE.includes(country))
    .filter(([country, structure]) => {
      const theirs = specifications[country]?.bban_regexp ?? '';
      return kindsOf(structure) !== kindsOfPattern(theirs);
    })
    .map(([country]) => country);
  t.deepEqual(differing, STRUCTURED_DIFFERENTLY);
});

test('every IBAN that ibantools accepts for a country with the same structure is accepted here', (t) => {
  const same = Object.entries(BBAN_STRUCTURES).filter(
    ([country]) => ![...UNKNOWN_THERE, ...STRUCTURED_DIFFERENTLY].includes(country),
  );
  const anyIban = fc.constantFrom(...same).chain(([country, structure]) =>
    fc
      .tuple(
        ...[...kindsOf(structure)].map((kind) => fc.constantFrom(...(ALPHABETS[kind] as string))),
        fc.nat(99),
        fc.boolean(),
      )
      .map((drawn) => {
        const [digits, isRight] = drawn.splice(-2) as [number, boolean];
        const bban = drawn.join('');
        return `${country}${isRight ? ibanCheckDigits(country, bban) : String(digits).padStart(2, '0')}${bban}`;
      }),
  );
  fc.assert(
    fc.property(anyIban, (iban) => {
      // The converse is not true: ibantools also checks national digits, which the registry leaves to each country's banks.
      t.true(!isValidIBAN(iban) || isIban(iban), iban);
    }),
    { numRuns: 3_000 },
  );
});

/** `2!n1!a` as `nna`. */
function kindsOf(structure: string): string {
  return structure.replace(/(\d+)!([nac])/g, (_, length: string, kind: string) =>
    kind.repeat(Number(length)),
  );
}

/** `^[0-9]{2}[A-Z]{1}$` as `nna`. */
function kindsOfPattern(pattern: string): string {
  return [...pattern.matchAll(/(\[[^\]]+\])(?:\{(\d+)\})?/g)]
    .map(([, characters = '', length = '1']) => (CLASSES[characters] ?? '?').repeat(Number(length)))
    .join('');
}
