import test from 'ava';
import fc from 'fast-check';
import { fold, foldedWords } from './fold.ts';

test('case, accents, apostrophes, dashes and spaces make no difference', (t) => {
  t.is(fold('Amélie LÉVÊQUE, Łódź, Øresund'), 'amelie leveque, lodz, oresund');
  t.is(fold('l’été, l‘été'), "l'ete, l'ete");
  t.is(fold('Straße, ŒUVRE, ﬁn, ’'), "strasse, oeuvre, fin, '");
  t.is(fold('Γιώργος ΓΙΏΡΓΟΣ').replaceAll('ς', 'σ'), 'γιωργοσ γιωργοσ');
  t.deepEqual(foldedWords('e\u2011mail e\u2010mail 1914–1918 a—b \u22125 \u2e3a'), [
    'e-mail',
    'e-mail',
    '1914-1918',
    'a-b',
    '-5',
    '-',
  ]);
  t.deepEqual(foldedWords('1\u202f234,56\u00a0€'), ['1', '234,56', '€']);
  t.is(fold('plain text, 100% {of} it'), 'plain text, 100% {of} it');
});

test('other characters stay apart', (t) => {
  for (const [one, other] of [
    ['😀', '🙃'],
    ['日', '本'],
    ['%', '_'],
    ['-', '_'],
    ['"', '“'],
  ] as const) {
    t.not(fold(one), fold(other));
  }
});

test('folding again changes nothing', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 20 }), (text) => {
      t.is(fold(fold(text)), fold(text));
    }),
    { numRuns: 2_000 },
  );
});
