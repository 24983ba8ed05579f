import { SLOT } from '@guichet/contract/events';
import { newId } from '@guichet/database';
import test from 'ava';
import {
  joinRanges,
  listWords,
  markOf,
  piecesOf,
  placesWith,
  readList,
  splitWords,
  termsOf,
} from './rules.ts';

const entry = (given: Partial<Parameters<typeof listWords>[0][number]>) => ({
  sequence: 64n,
  action: 'TRANSFER_POSTED',
  service: 'accounts',
  message: '',
  data: '{}',
  operationId: null,
  actorId: null,
  subjectId: null,
  persons: [],
  ...given,
});

test('the list of a block has the distinct words of messages and data, folded', (t) => {
  const words = splitWords(
    listWords([
      entry({ message: `External transfer posted for ${SLOT}.`, data: '{"version":"1.2.3","count":7}' }),
      entry({ message: 'Écart trouvé', action: 'UNHEARD_OF' }),
    ]),
  );
  for (const word of ['external', '1.2.3', '7', 'ecart', 'trouve', 'unheard_of'])
    t.true(words.has(word), word);
  for (const word of ['transfer', 'posted'])
    t.false(words.has(word), `every entry of the action has ${word}`);
});

test('amounts are listed once, and found as each language writes them', (t) => {
  const list = listWords([entry({ data: '{"amount":123456,"currency":"EUR","limits":{"daily":5000}}' })]);
  for (const term of [
    ...['€1,234.56', '1,234', '234.56', '1234.56', '1234,56', '234,56', '€', '.5', '50.00', '50,00', '-'],
  ]) {
    if (term !== '-')
      t.true(
        piecesOf(term).some((piece) => list.includes(piece)),
        term,
      );
  }
  for (const term of ['€1,235', '999', '1234.57'])
    t.false(
      piecesOf(term).some((piece) => list.includes(piece)),
      term,
    );
});

test('the list has marks of ids, and no username', (t) => {
  const [actor, subject, customer, operation, transfer] = [newId(), newId(), newId(), newId(), newId()];
  const words = splitWords(
    listWords([
      entry({
        actorId: actor,
        subjectId: subject,
        operationId: operation,
        persons: [customer],
        data: JSON.stringify({ operation_id: operation, transfer_id: transfer }),
      }),
    ]),
  );
  t.deepEqual(
    [actor, subject, customer, operation, transfer].map((id) => words.has(markOf(id))),
    [true, true, true, false, true],
  );
  t.false([...words].some((word) => word.includes(SLOT)));
});

test('what a method or a code is called inside is no text of an entry', (t) => {
  const words = splitWords(
    listWords([
      entry({ data: '{"type":"external_transfer","status":"posted","method":"password"}' }),
      entry({ action: 'DECISION_REFUSED', data: '{"code":"insufficient_funds","type":"deposit"}' }),
    ]),
  );
  for (const word of ['external_transfer', 'password', 'insufficient_funds']) t.false(words.has(word), word);
  for (const word of ['insufficient', 'insuffisant', 'depot', 'deposit']) t.true(words.has(word), word);
});

test('a text is split into terms at every kind of space', (t) => {
  t.deepEqual(termsOf(' 1\u202f234,56\u00a0€  Élan élan '), ['1', '234,56', '€', 'elan']);
  t.deepEqual(termsOf(' \t'), []);
});

test('ranges are joined where they touch, and sequences are those of every set', (t) => {
  t.deepEqual(
    joinRanges([
      { first: 0n, last: 3n },
      { first: 4n, last: 4n },
      { first: 7n, last: 9n },
    ]),
    [
      { first: 0n, last: 4n },
      { first: 7n, last: 9n },
    ],
  );
});

const everyPlace = Array.from({ length: 64 }, (_, place) => place);
const placesIn = (list: string | null, pieces: readonly string[] | null, known: readonly bigint[] = []) =>
  everyPlace.filter((place) => placesWith(list, { pieces, known })[place] === 1);

test('the list of a block says which of its entries have a word, or a part of one', (t) => {
  const messages = ['Écart trouvé', 'Solde, écart', 'Rien', 'Écarté'];
  const list = listWords(
    messages.map((message, index) => entry({ sequence: 64n + BigInt(index * 21), message })),
  );
  t.deepEqual(placesIn(list, ['ecart']), [0, 21, 63]);
  t.deepEqual(placesIn(list, ['rien', 'solde']), [21, 42]);
  t.deepEqual(placesIn(list, ['ecarte']), [63]);
  t.deepEqual(placesIn(list, ['rouv'], [66n]), [0, 2]);
  t.deepEqual(placesIn(list, ['a']), placesIn(list, ['ecart']), 'lines of places are not found');
  t.deepEqual(placesIn(list, ['ab']), []);
  t.deepEqual(placesIn(null, ['ecart'], [127n]), [63]);
  t.deepEqual(placesIn(list, null), everyPlace);
  t.deepEqual(placesIn('\necart\n', ['ecart']), everyPlace, 'without places, each entry is compared');
  const { has } = readList(list);
  t.deepEqual(
    [64n, 85n, 106n, 127n].map((sequence) => has(sequence, 'ecart')),
    [true, true, false, false],
  );
});
