import test from 'ava';
import { LOG_ACTIONS } from './log-actions.ts';
import { FIRST_WORDS_OF_TOPIC } from './log-topics.ts';

test('the first words of each topic begin at least one action, and none belongs to two topics', (t) => {
  const words = Object.values(FIRST_WORDS_OF_TOPIC).flat();
  t.is(new Set(words).size, words.length);
  const first = new Set(Object.keys(LOG_ACTIONS).map((action) => action.split('_')[0] ?? ''));
  t.deepEqual(
    words.filter((word) => !first.has(word)),
    [],
  );
});
