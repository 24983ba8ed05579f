import test from 'ava';
import fc from 'fast-check';
import { comparePayee } from './rules.ts';

for (const [typed, holder, result] of [
  ['Zoé Lefèvre', 'Zoé Lefèvre', 'match'],
  ['LEFEVRE zoe', 'Zoé Lefèvre', 'match'],
  ['Mme Zoé Lefèvre', 'Zoé Lefèvre', 'match'],
  ['Jean-Pierre Dupont', 'Dupont Jean Pierre', 'match'],
  ['Z Lefevre', 'Zoé Lefèvre', 'close_match'],
  ['Jean Dupont', 'Jean Pierre Dupont', 'close_match'],
  ['Zoe Lefevbre', 'Zoé Lefèvre', 'close_match'],
  ['Zoe Leefvre', 'Zoé Lefèvre', 'close_match'],
  ['Dupont', 'Jean Dupont', 'close_match'],
  ['Z L', 'Zoé Lefèvre', 'no_match'],
  ['J', 'Jean Dupont', 'no_match'],
  ['Paul Martin', 'Zoé Lefèvre', 'no_match'],
  ['Jean Martin', 'Jean Dupont', 'no_match'],
  ['!!!', 'Jean Dupont', 'no_match'],
] as const) {
  test(`"${typed}" for ${holder} is ${result}`, (t) => {
    t.is(comparePayee(typed, holder), result);
  });
}

test('every name matches itself, whatever its case and the order of its words', (t) => {
  const word = fc.stringMatching(/^[a-z]{3,10}$/);
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 4 }), (words) => {
      const holder = words.join(' ');
      t.is(comparePayee([...words].reverse().join(' ').toUpperCase(), `Dr ${holder}`), 'match');
    }),
  );
});
