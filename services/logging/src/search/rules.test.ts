import { SLOT } from '@guichet/contract/events';
import { newId } from '@guichet/database';
import test from 'ava';
import fc from 'fast-check';
import { listWords, markOf, piecesOf, termsOf, toRanges } from './rules.ts';

const anyText = fc
  .array(
    fc.constantFrom(
      'transfer',
      'é',
      'A',
      'b',
      ' ',
      '  ',
      '’',
      '\u00a0',
      '100%',
      '_',
      "'",
      '\\',
      '日',
      '😀',
      '\0',
      '\n',
      '-',
      '@',
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''));

const entry = (message: string, actorId: string | null = null) => ({
  message,
  actorId,
  subjectType: null,
  subjectId: null,
});

test('a block has the pieces of every text that one of its entries contains', (t) => {
  fc.assert(
    fc.property(
      fc.array(anyText, { minLength: 1, maxLength: 5 }),
      fc.nat(),
      fc.nat(),
      fc.nat(),
      (texts, which, from, length) => {
        const source = texts[which % texts.length] as string;
        const start = from % (source.length + 1);
        const part = source.slice(start, start + 1 + (length % 20)).toWellFormed();
        const words = listWords(texts.map((one) => entry(one)));
        for (const sought of [part, part.toUpperCase(), part.replaceAll('é', 'e')]) {
          for (const piece of termsOf(sought).flatMap(piecesOf))
            t.true(words === null || words.includes(piece), JSON.stringify({ sought, piece }));
        }
      },
    ),
    { numRuns: 2_000 },
  );
});

test('a block without a word of the text lacks a piece', (t) => {
  const words = listWords([entry('External transfer posted'), entry(`${SLOT} signed in as Amélie7.`)]) ?? '';
  const has = (text: string) => piecesOf(text).every((piece) => words.includes(piece));
  for (const text of ['transfer', 'nal transfer pos', 'AMÉLIE', '7.', ' signed ', ''])
    t.true(has(text), text);
  for (const text of ['transferred', 'nal tran posted', 'l trans d', 'carla', 'igned i n', ' osted', 'sign '])
    t.false(has(text), text);
});

test('a block has the marks of actors and of subjects who are persons, and no username', (t) => {
  const [actor, user, operation] = [newId(), newId(), newId()];
  const words =
    listWords([
      { message: `${SLOT} activated ${SLOT}.`, actorId: actor, subjectType: 'user', subjectId: user },
      { message: 'Transfer posted', actorId: null, subjectType: 'operation', subjectId: operation },
    ]) ?? '';
  t.deepEqual(
    [actor, user, operation].map((id) => words.includes(markOf(id))),
    [true, true, false],
  );
  t.false(words.includes(SLOT));
});

test('a block with a character that the search does not know may have any text', (t) => {
  t.is(listWords([entry('Γιώργος')]), null);
  t.deepEqual(piecesOf('Γιώργος'), []);
  t.not(listWords([entry('It’s “fine” — 5 € … 😀'.replace('😀', ''))]), null);
});

test('adjacent blocks are one range; near ones too if there are too many', (t) => {
  t.deepEqual(toRanges([0n, 1n, 5n]), [
    { first: 0n, last: 127n },
    { first: 320n, last: 383n },
  ]);
  t.deepEqual(toRanges([]), []);
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(500)), fc.integer({ min: 1, max: 20 }), (numbers, most) => {
      const blocks = numbers.sort((a, b) => a - b).map(BigInt);
      const ranges = toRanges(blocks, most);
      t.true(ranges.length <= most);
      for (const block of blocks) {
        t.is(ranges.filter(({ first, last }) => first <= block * 64n && block * 64n + 63n <= last).length, 1);
      }
      t.deepEqual(
        ranges,
        ranges.toSorted((a, b) => Number(a.first - b.first)),
      );
    }),
  );
});
