import { createCalendar } from '@guichet/calendar';
import type { LogBar, LogBucket } from '@guichet/contract/logging';
import test from 'ava';
import fc from 'fast-check';
import { barsOf, chooseBucket, drawBars } from './chart.ts';

const paris = createCalendar('Europe/Paris');
const HOUR_MS = 3_600_000;
const at = (time: string): Date => new Date(time);
const bar = (start: string, counts: Partial<LogBar> = {}): LogBar => ({
  start,
  info: 1,
  warning: 0,
  error: 0,
  ...counts,
});
const period = (from: string, to: string) => ({ from: at(from), to: at(to) });
const lasting = (hours: number) => ({ from: new Date(0), to: new Date(hours * HOUR_MS) });

test('the longer a period is, the longer are its buckets', (t) => {
  for (const [hours, bucket] of [
    [0.25, 'minute'],
    [1, 'minute'],
    [24, 'hour'],
    [7 * 24, 'hour'],
    [30 * 24, 'day'],
    [5 * 365 * 24, 'day'],
  ] as const)
    t.is(chooseBucket(lasting(hours)), bucket, String(hours));
  t.is(chooseBucket({ from: null, to: new Date() }), 'day');
});

test('a bar begins and ends within the period, so that its list has no other entries', (t) => {
  const { bars } = barsOf(
    [bar('2026-11-20T09:00:00.000Z'), bar('2026-11-20T10:00:00.000Z')],
    'hour',
    period('2026-11-20T09:20:00.000Z', '2026-11-20T10:10:00.000Z'),
    paris,
  );
  t.deepEqual(
    bars.map(({ from, to }) => [from, to]),
    [
      ['2026-11-20T09:20:00.000Z', '2026-11-20T10:00:00.000Z'],
      ['2026-11-20T10:00:00.000Z', '2026-11-20T10:10:00.000Z'],
    ],
  );
});

test('a day’s bar covers the bank’s day, which has 23 or 25 hours when the clocks change', (t) => {
  for (const [start, end] of [
    ['2026-03-28T23:00:00.000Z', '2026-03-29T22:00:00.000Z'],
    ['2026-10-24T22:00:00.000Z', '2026-10-25T23:00:00.000Z'],
  ] as const) {
    const { bars } = barsOf(
      [bar(start)],
      'day',
      period('2026-01-01T00:00:00Z', '2027-01-01T00:00:00Z'),
      paris,
    );
    t.is(bars[0]?.to, end);
  }
});

test('however long a period is, there are few bars, which have every entry once', (t) => {
  const day = 24 * HOUR_MS;
  const series = fc.record({
    bucket: fc.constantFrom<LogBucket[]>('minute', 'hour', 'day'),
    counts: fc.array(fc.nat(5), { minLength: 1, maxLength: 200 }),
  });
  fc.assert(
    fc.property(series, ({ bucket, counts }) => {
      const lengthMs = { minute: 60_000, hour: HOUR_MS, day }[bucket];
      const first = Date.parse('2026-11-01T23:00:00.000Z');
      const given = counts.map((info, index) =>
        bar(new Date(first + index * lengthMs).toISOString(), { info, warning: 1, error: index % 2 }),
      );
      const shown = { from: new Date(first), to: new Date(first + counts.length * lengthMs) };
      const { bars, step } = barsOf(given, bucket, shown, paris);
      t.true(bars.length <= 62);
      t.is(bars.length, Math.ceil(counts.length / step));
      const sum = (all: readonly Pick<LogBar, 'info' | 'warning' | 'error'>[]) =>
        all.reduce((total, one) => total + one.info + one.warning + one.error, 0);
      t.is(sum(bars), sum(given));
      t.deepEqual(
        bars.slice(1).map(({ from }) => from),
        bars.slice(0, -1).map(({ to }) => to),
      );
    }),
  );
});

test('a single error is seen among thousands of entries, and segments never overlap', (t) => {
  const { bars } = barsOf(
    [bar('2026-11-20T09:00:00.000Z', { info: 9_000, warning: 1, error: 1 })],
    'hour',
    period('2026-11-20T09:00:00.000Z', '2026-11-20T10:00:00.000Z'),
    paris,
  );
  const { ticks, drawn } = drawBars(bars);
  t.is(ticks.at(-1), 0);
  t.true((ticks[0] ?? 0) >= 9_002);
  const [info, warning, error] = drawn[0] ?? [];
  t.deepEqual([info?.level, warning?.level, error?.level], ['info', 'warning', 'error']);
  for (const segment of [info, warning, error]) t.true((segment?.height ?? 0) > 1);
  t.true((warning?.y ?? 0) + (warning?.height ?? 0) <= (info?.y ?? 0));
  t.true((error?.y ?? 0) + (error?.height ?? 0) <= (warning?.y ?? 0));
});
