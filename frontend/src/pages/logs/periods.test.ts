import { createCalendar } from '@guichet/calendar';
import test from 'ava';
import { fromLocalTime, shownPeriod, startOfPeriod } from './periods.ts';

const paris = createCalendar('Europe/Paris');
const now = new Date('2026-11-29T23:30:20.500Z');

test('a period that ends now begins with a whole minute, or with one of the bank’s days', (t) => {
  const starts = (['15m', '1h', 'today', '7d', '30d'] as const).map((name) =>
    startOfPeriod(name, paris, now).toISOString(),
  );
  t.deepEqual(starts, [
    '2026-11-29T23:16:00.000Z',
    '2026-11-29T22:31:00.000Z',
    '2026-11-29T23:00:00.000Z',
    '2026-11-23T23:00:00.000Z',
    '2026-10-31T23:00:00.000Z',
  ]);
  const change = new Date('2026-10-25T22:30:00Z');
  t.is(startOfPeriod('7d', paris, change).toISOString(), '2026-10-18T22:00:00.000Z', 'the clocks changed');
});

test('times are stronger than the name of a period; without an end, a period ends now', (t) => {
  t.deepEqual(shownPeriod({ from: '2026-11-01', period: '1h' }, paris, now), {
    from: new Date('2026-10-31T23:00:00.000Z'),
    to: now,
  });
  t.deepEqual(shownPeriod({ to: '2026-11-01' }, paris, now), {
    from: null,
    to: new Date('2026-11-01T23:00:00.000Z'),
  });
  t.deepEqual(shownPeriod({}, paris, now), { from: new Date('2026-10-31T23:00:00.000Z'), to: now });
});

test('a time from a field is one of the bank’s zone', (t) => {
  t.is(fromLocalTime('2026-11-20T10:15', paris), '2026-11-20T09:15:00.000Z');
  t.is(fromLocalTime('2026-07-20T10:15:30', paris), '2026-07-20T08:15:30.000Z');
  t.is(fromLocalTime('2026-11-20', paris), '2026-11-20');
  t.is(fromLocalTime('2026-11-20T09:15:00.000Z', paris), '2026-11-20T09:15:00.000Z');
  t.is(fromLocalTime('2026-13-45T99:99', paris), '');
  t.is(fromLocalTime('soon', paris), 'soon');
});
