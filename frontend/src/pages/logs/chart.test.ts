import test from 'ava';
import type { LogStats } from '../../clients/logging.ts';
import { chartOf, lastDays } from './chart.ts';

const stats = (starts: string[]): LogStats => ({
  total: 1,
  by_level: { INFO: 1 },
  by_action: { LOGIN: 2, LOGOUT: 5 },
  by_service: { auth: 7 },
  series: starts.map((start) => ({ start, info: 1, warning: 0, error: 0 })),
});

test('each bar leads to the entries it counts, the other filters kept', (t) => {
  const chart = chartOf(stats(['2026-11-01T23:00:00.000Z']), { level: 'INFO', from: '2026-10-01' }, 'day');
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

test('days without entries are drawn, and a day of a clock change is no gap', (t) => {
  const quiet = chartOf(stats(['2026-11-01T23:00:00.000Z', '2026-11-04T23:00:00.000Z']), {}, 'day');
  t.deepEqual(
    quiet.series.map(({ total }) => total),
    [1, 0, 0, 1],
  );
  const autumn = chartOf(stats(['2026-10-24T22:00:00.000Z', '2026-10-25T23:00:00.000Z']), {}, 'day');
  t.is(autumn.series.length, 2);
});

test('the last thirty days begin twenty-nine days ago', (t) => {
  t.deepEqual(lastDays(30, new Date('2026-11-30T12:00:00Z')), { from: '2026-11-01' });
});
