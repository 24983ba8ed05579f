import { createCalendar } from '@guichet/calendar';
import test from 'ava';
import { groupByDay } from './group-by-day.ts';

test('items are grouped by the bank’s day, and today and yesterday are named', (t) => {
  const times = [
    '2026-11-20T23:30:00Z',
    '2026-11-20T22:30:00Z',
    '2026-11-20T09:00:00Z',
    '2026-11-18T09:00:00Z',
  ];
  const now = new Date('2026-11-21T12:00:00Z');
  const days = groupByDay(times, (time) => time, createCalendar('Europe/Paris'), now);
  t.deepEqual(
    days.map(({ date, name, at, items: { length } }) => [date, name, at, length]),
    [
      ['2026-11-21', 'today', times[0], 1],
      ['2026-11-20', 'yesterday', times[1], 2],
      ['2026-11-18', null, times[3], 1],
    ],
  );
});
