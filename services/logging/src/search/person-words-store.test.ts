import { newId, queryOnce } from '@guichet/database';
import test from 'ava';
import { startTestLogging } from '../fixtures.ts';
import { MONTH_SEQUENCES } from '../months/rules.ts';
import { WordsOfPersons } from './person-words-store.ts';

const PERSONS = 960;
const FEW = 60;
/** The time of one read would be as many times that of many small ones as there are of these, 16, if it grew with the square of the persons. */
const AT_MOST_LONGER = 4;

test('the stored words of many persons are read as fast as those of few', async (t) => {
  const logging = await startTestLogging();
  t.teardown(() => logging.close());
  const everyone = Array.from({ length: PERSONS }, () => newId());
  const wordsOf = (persons: readonly string[]): WordsOfPersons => {
    const words = new WordsOfPersons();
    for (const person of persons) words.add(1n, person, ['moreau']);
    words.add(MONTH_SEQUENCES, everyone[0] ?? '', ['petit']);
    return words;
  };
  await queryOnce(logging.runtime, wordsOf(everyone).insertMissing(new Map()));
  const read = async (size: number) => {
    const began = performance.now();
    const found = new Set<string>();
    for (let from = 0; from < PERSONS; from += size) {
      const stored = wordsOf(everyone.slice(from, from + size)).readStored();
      for (const [key, words] of await queryOnce(logging.runtime, stored)) {
        t.true(words.has(key.startsWith('1') ? 'petit' : 'moreau'));
        found.add(key);
      }
    }
    return { found, tookMs: performance.now() - began };
  };
  await read(FEW);
  const few = await read(FEW);
  const all = await read(PERSONS);
  t.deepEqual([...all.found].sort(), [...few.found].sort());
  t.is(all.found.size, PERSONS + 1);
  t.true(all.tookMs < AT_MOST_LONGER * few.tookMs, `${all.tookMs} ms, and ${few.tookMs} ms in small reads`);
});
