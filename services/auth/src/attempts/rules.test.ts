import test from 'ava';
import { failuresInARow, lockSeconds } from './rules.ts';

test('five failures lock for 30 seconds, and each further one for twice as long, up to 15 minutes', (t) => {
  t.deepEqual([0, 1, 4, 5, 6, 7, 8, 9, 10, 50].map(lockSeconds), [0, 0, 0, 30, 60, 120, 240, 480, 900, 900]);
});

test('failures a day apart are not in a row', (t) => {
  const now = new Date('2026-05-02T12:00:00Z');
  t.is(failuresInARow(null, now), 1);
  t.is(failuresInARow({ failures: 4, lastFailedAt: new Date('2026-05-02T11:59:00Z') }, now), 5);
  t.is(failuresInARow({ failures: 4, lastFailedAt: new Date('2026-05-01T12:00:00Z') }, now), 1);
});
