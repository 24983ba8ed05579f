import test from 'ava';
import { frenchTypographyFaults } from './french-typography.ts';

test('well-set French has no faults', (t) => {
  for (const text of [
    'Déjà client\u00a0?',
    'Le compte «\u00a0Maison\u00a0» est ouvert\u00a0: merci\u00a0!',
    'L’adresse est https://bank.example:8080/a?b=c, le code `a: b`, à 09:30.',
    '1\u202f234,56\u00a0€ sous 30\u00a0minutes',
  ]) {
    t.deepEqual(frenchTypographyFaults(text), [], text);
  }
});

test('ordinary or missing spaces and ASCII apostrophes are faults', (t) => {
  for (const text of [
    'Déjà client ?',
    'Déjà client?',
    'Attention : ceci',
    'Attention: ceci',
    'Déjà ; encore',
    'Bravo !',
    'Bravo\u202f!',
    '« Maison\u00a0»',
    '«\u00a0Maison »',
    "L'adresse",
    '12 €',
    '1 234,56',
    'sous 30 minutes',
  ]) {
    t.is(frenchTypographyFaults(text).length, 1, text);
  }
});
