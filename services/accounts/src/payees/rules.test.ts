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
  // Titles, French and English, before the name and behind it; a title that is somebody's name stays one.
  ['M. Jean Dupont', 'Jean Dupont', 'match'],
  ['Monsieur Jean DUPONT', 'Jean Dupont', 'match'],
  ['M. et Mme Dupont', 'Mme Dupont', 'match'],
  ['Mlle Zoé Lefèvre', 'Zoé Lefèvre', 'match'],
  ['Maître Jean Dupont', 'Jean Dupont', 'match'],
  ['Prof. Dr. Jean Dupont', 'Jean Dupont', 'match'],
  ['Mrs Jane Smith', 'Jane Smith', 'match'],
  ['Sir John Smith', 'John Smith', 'match'],
  ['DUPONT JEAN MR', 'Jean Dupont', 'match'],
  ['Jean', 'Jean Maître', 'close_match'],
  ['Madame', 'Jean Dupont', 'no_match'],
  ['Me', 'Jean Dupont', 'no_match'],
  // Hyphens, apostrophes, particles.
  ['Jean Pierre Dupont', 'Jean-Pierre Dupont', 'match'],
  ['Jeanpierre Dupont', 'Jean‑Pierre Dupont', 'match'],
  ['Dupont Jeanpierre', 'Jean-Pierre Dupont', 'match'],
  ['Marie Durand-Petit', 'Marie Durand Petit', 'match'],
  ['Jeanne dArc', 'Jeanne d’Arc', 'match'],
  ["Jeanne D'ARC", 'Jeanne d’Arc', 'match'],
  ['OBrien Sean', "Sean O'Brien", 'match'],
  ['Jean Delafontaine', 'Jean de la Fontaine', 'match'],
  ['DE LA FONTAINE Jean', 'Jean de La Fontaine', 'match'],
  ['Charles Gaulle', 'Charles de Gaulle', 'close_match'],
  ['Anne Tour', 'Anne de la Tour', 'close_match'],
  ['Ludwig van Beethoven', 'Ludwig Vanbeethoven', 'match'],
  ['Antoine de St-Exupéry', 'Antoine de Saint-Exupéry', 'match'],
  // Letters.
  ['ZOÉ LEFÈVRE', 'Zoé Lefèvre', 'match'],
  ['COEUR Jacques', 'Jacques Cœur', 'match'],
  ['JACQUES CŒUR', 'Jacques Coeur', 'match'],
  ['Laetitia Casta', 'Lætitia Casta', 'match'],
  ['Lukasz Zolc', 'Łukasz Żółć', 'match'],
  ['Strasse Soren', 'Søren Straße', 'match'],
  ['Zoe\u0301 Lefe\u0300vre', 'Zoé Lefèvre', 'match'],
  ['Mueller Anna', 'Anna Müller', 'close_match'],
  ['Жанна Ёлкина', 'ЖАННА ЁЛКИНА', 'match'],
  // Initials.
  ['J.-P. Dupont', 'Jean-Pierre Dupont', 'close_match'],
  ['JP Dupont', 'Jean-Pierre Dupont', 'close_match'],
  ['Dupont J', 'Jean Dupont', 'close_match'],
  ['K Dupont', 'Jean Dupont', 'no_match'],
  ['de', 'Charles de Gaulle', 'no_match'],
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
