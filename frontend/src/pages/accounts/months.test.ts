import { createCalendar } from '@guichet/calendar';
import test from 'ava';
import { lastMonths } from './months.ts';

const paris = createCalendar('Europe/Paris');

test('months follow the bank’s time zone, not UTC', (t) => {
  const now = new Date('2026-12-31T23:30:00Z');
  t.deepEqual(lastMonths('2026-10-31T23:30:00Z', paris, now), ['2027-01', '2026-12', '2026-11']);
  t.deepEqual(lastMonths('2026-12-31T23:00:00Z', paris, now), ['2027-01']);
  t.deepEqual(lastMonths(null, paris, now), []);
  t.is(lastMonths('2001-01-01T00:00:00Z', paris, now).length, 24);
});
