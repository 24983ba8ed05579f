import test from 'ava';
import fc from 'fast-check';
import { NAME_PAIRS } from './name-pairs.fixture.ts';
import { comparePayee } from './rules.ts';

for (const [result, pairs] of Object.entries(NAME_PAIRS)) {
  for (const [typed, firstName, lastName] of pairs) {
    test(`"${typed}" for ${firstName} ${lastName}: ${result}`, (t) => {
      t.is(comparePayee(typed, { firstName, lastName }), result as never);
    });
  }
}

const ALL = Object.values(NAME_PAIRS).flat();
const anyPair = fc.constantFrom(...ALL);
const FIRST = ['Marie', 'Dora', 'Amina', 'Bruno', 'Chloé', 'Dmitri', 'Elif', 'Farid', 'Gaëlle', 'Hiroshi'];
const LAST = ['Petit', 'Quang', 'Rossi', 'Świątek', 'Traoré', 'Ünal', 'Vasquez', 'Weiß'];
const letters = fc.stringMatching(/^[a-z]{4,10}$/);

test('a name matches itself, in any case and any order of its words', (t) => {
  fc.assert(
    fc.property(
      anyPair,
      fc.boolean(),
      fc.infiniteStream(fc.nat()),
      ([, firstName, lastName], upper, order) => {
        const words = shuffled(`${firstName} ${lastName}`.split(' ').filter(Boolean), order);
        const typed = upper ? words.join(' ').toUpperCase() : words.join(' ').normalize('NFD');
        t.is(comparePayee(typed, { firstName, lastName }), 'match', typed);
      },
    ),
    { numRuns: 1_000 },
  );
});

test('the order of the typed words does not matter', (t) => {
  // Titles count only before a name, so that no name is taken for a title.
  const untitled = ALL.filter(
    ([typed]) =>
      !/^(M|Mme|Mlle|Mrs|Dr|Sra|Prof|Monsieur|Miss|Maître|Sir|Madame|Me|Lord|DUPONT JEAN MR)\b/i.test(typed),
  );
  fc.assert(
    fc.property(
      fc.constantFrom(...untitled),
      fc.infiniteStream(fc.nat()),
      ([typed, firstName, lastName], order) => {
        const mixed = shuffled(typed.trim().split(/\s+/), order).join(' ');
        t.is(
          comparePayee(mixed, { firstName, lastName }),
          comparePayee(typed, { firstName, lastName }),
          mixed,
        );
      },
    ),
    { numRuns: 2_000 },
  );
});

test('part of a family name never matches, whatever the given names and titles', (t) => {
  const title = fc.constantFrom('', 'M. ', 'Mme ', 'Dr ', 'Miss ', 'Sir ', 'M. et Mme ');
  fc.assert(
    fc.property(
      fc.uniqueArray(letters, { minLength: 2, maxLength: 4, selector: (word) => word[0] }),
      fc.constantFrom(...FIRST),
      fc.nat(),
      title,
      (family, given, dropped, title) => {
        const part = family.filter((_, index) => index !== dropped % family.length);
        const capitals = (words: readonly string[]) =>
          words.map((word) => word.charAt(0).toUpperCase() + word.slice(1));
        const holder = { firstName: given, lastName: capitals(family).join(' ') };
        for (const typed of [part, [...part, given], [given]]) {
          t.is(
            comparePayee(`${title}${typed.join(' ')}`, holder),
            'no_match',
            `${typed} for ${holder.lastName}`,
          );
        }
        t.is(comparePayee(title + family.join(' '), holder), 'no_match', 'a family name alone');
      },
    ),
    { numRuns: 1_000 },
  );
});

test('a title that resembles a missing part of the name is not a typing error', (t) => {
  const holder = { firstName: 'Chloé', lastName: 'Rjqeluf Qrho Etvme Ueyhceqx' };
  t.is(comparePayee('M. et Mme rjqeluf qrho ueyhceqx Chloé', holder), 'no_match');
});

test('an unrelated name never comes close, so that it reveals nothing', (t) => {
  fc.assert(
    fc.property(
      fc.subarray(FIRST, { minLength: 1, maxLength: 3 }),
      fc.nat(7),
      fc.nat(7),
      (typed, first, last) => {
        const holder = { firstName: FIRST[first] as string, lastName: LAST[last] as string };
        const others = typed.filter((word) => word !== holder.firstName);
        t.is(comparePayee(others.join(' '), holder), 'no_match');
        const family = LAST.filter((word) => word !== holder.lastName);
        for (const one of family) t.is(comparePayee([...typed, one].join(' '), holder), 'no_match');
      },
    ),
  );
});

test('any text of 140 characters is compared in bounded time', (t) => {
  const worst = [
    'a '.repeat(70),
    'a aa aaa aaaa aaaaa aaaaaa aaaaaaa aaaaaaaa aaaaaaaaa '.repeat(2),
    '\u0301'.repeat(140),
    'é-'.repeat(70),
    'm '.repeat(70),
    'ﷺ'.repeat(140),
    'ü'.repeat(140),
  ];
  const holders = [...worst, 'a'.repeat(100)].map((text) => ({
    firstName: text.slice(0, 100),
    lastName: text.slice(0, 100),
  }));
  const anything = fc.oneof(fc.constantFrom(...worst), fc.string({ unit: 'binary', maxLength: 140 }));
  const began = process.cpuUsage();
  let runs = 0;
  fc.assert(
    fc.property(anything, fc.constantFrom(...holders), (typed, holder) => {
      runs += 1;
      return ['match', 'close_match', 'no_match'].includes(comparePayee(typed, holder));
    }),
    { numRuns: 500 },
  );
  const { user } = process.cpuUsage(began);
  t.true(user / runs < 50_000, `${user / runs} µs of CPU time each`);
});

function shuffled(words: readonly string[], order: Iterable<number>): string[] {
  const numbers = order[Symbol.iterator]();
  return words
    .map((word) => ({ word, place: numbers.next().value as number }))
    .sort((a, b) => a.place - b.place)
    .map(({ word }) => word);
}
