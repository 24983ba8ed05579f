import { createCalendar } from '@guichet/calendar';
import type { LogStats } from '@guichet/contract/logging';
import test from 'ava';
import { withQuery } from '../../clients/call.ts';
import { chartOf, lastDays } from './chart.ts';

const paris = createCalendar('Europe/Paris');
const stats = (starts: string[]): LogStats => ({
  total: 1,
  by_level: { INFO: 1, WARNING: 0, ERROR: 0 },
  by_action: { LOGIN: 2, LOGOUT: 5 },
  by_service: { auth: 7 },
  series: starts.map((start) => ({ start, info: 1, warning: 0, error: 0 })),
});

const hrefWith =
  (filters: Record<string, string> = {}) =>
  (more: Record<string, string>): string =>
    withQuery('/logs', { ...filters, ...more });

test('each bar links to the entries it counts and keeps the other filters', (t) => {
  const chart = chartOf(
    stats(['2026-11-01T23:00:00.000Z']),
    hrefWith({ level: 'INFO', from: '2026-10-01' }),
    'day',
    paris,
  );
  const { searchParams } = new URL(chart.series[0]?.href ?? '', 'http://x');
  t.deepEqual(Object.fromEntries(searchParams), {
    level: 'INFO',
    from: '2026-11-01T23:00:00.000Z',
    to: '2026-11-02T23:00:00.000Z',
  });
  t.deepEqual(
    chart.byAction.map(({ name }) => name),
    ['LOGOUT', 'LOGIN'],
  );
  t.is(chart.byAction[0]?.href, '/logs?level=INFO&from=2026-10-01&type_action=LOGOUT');
});

test('days without entries are drawn, and a clock change makes no gap', (t) => {
  const quiet = chartOf(
    stats(['2026-11-01T23:00:00.000Z', '2026-11-04T23:00:00.000Z']),
    hrefWith(),
    'day',
    paris,
  );
  t.deepEqual(
    quiet.series.map(({ total }) => total),
    [1, 0, 0, 1],
  );
  const autumn = chartOf(
    stats(['2026-10-24T22:00:00.000Z', '2026-10-25T23:00:00.000Z']),
    hrefWith(),
    'day',
    paris,
  );
  t.is(autumn.series.length, 2);
});

test('a day’s bar covers the bank’s day, which has 23 or 25 hours when the clocks change', (t) => {
  for (const [start, end] of [
    ['2026-03-28T23:00:00.000Z', '2026-03-29T22:00:00.000Z'],
    ['2026-10-24T22:00:00.000Z', '2026-10-25T23:00:00.000Z'],
  ] as const) {
    const [row] = chartOf(stats([start]), hrefWith(), 'day', paris).series;
    t.is(new URL(row?.href ?? '', 'http://x').searchParams.get('to'), end);
  }
  const around = chartOf(
    stats(['2026-10-23T22:00:00.000Z', '2026-10-26T23:00:00.000Z']),
    hrefWith(),
    'day',
    paris,
  );
  t.deepEqual(
    around.series.map(({ start }) => start),
    [
      '2026-10-23T22:00:00.000Z',
      '2026-10-24T22:00:00.000Z',
      '2026-10-25T23:00:00.000Z',
      '2026-10-26T23:00:00.000Z',
    ],
  );
});

test('a level links to its entries with the same filters', (t) => {
  const filters = { user: 'alice', service: 'auth', q: 'x', from: '2026-10-01' };
  const error = chartOf(stats([]), hrefWith(filters), 'day', paris).levels.find(
    ({ name }) => name === 'ERROR',
  );
  t.is(error?.href, '/logs?user=alice&service=auth&q=x&from=2026-10-01&level=ERROR');
  t.is(error?.count, 0);
});

test('every action is counted, however many there are', (t) => {
  const by_action = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`A_${index}`, index]));
  t.is(chartOf({ ...stats([]), by_action }, hrefWith(), 'day', paris).byAction.length, 40);
});

test('the last thirty days begin 29 days ago in the bank’s time zone', (t) => {
  t.deepEqual(lastDays(30, paris, new Date('2026-11-30T12:00:00Z')), { from: '2026-11-01' });
  t.deepEqual(lastDays(30, paris, new Date('2026-11-29T23:30:00Z')), { from: '2026-11-01' });
  t.deepEqual(lastDays(2, paris, new Date('2026-10-25T22:30:00Z')), { from: '2026-10-24' });
});
