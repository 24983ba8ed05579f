import { createCalendar } from '@guichet/calendar';
import type { Entry } from '@guichet/contract/accounts';
import test from 'ava';
import fc from 'fast-check';
import { buildAccount, buildEntries, buildUser } from '../../testing/fixtures.ts';
import { balanceChart, CHART, flowChart } from './charts.ts';
import { chooseTicks } from './ticks.ts';

const paris = createCalendar('Europe/Paris');
const account = buildAccount(1, buildUser('alice', 'member'));
const now = new Date('2026-11-21T12:00:00Z');
const entry = (postedAt: string, amount: number, balanceAfter: number): Entry => ({
  ...(buildEntries(1, account)[0] as Entry),
  posted_at: postedAt,
  amount,
  balance_after: balanceAfter,
});

test('ticks are round, evenly spaced, and cover every value', (t) => {
  t.deepEqual(chooseTicks(0, 482_317), [0, 200_000, 400_000, 600_000]);
  t.deepEqual(chooseTicks(-3, 0), [-3, -2, -1, 0]);
  t.deepEqual(chooseTicks(0, 0), [0, 1]);
  fc.assert(
    fc.property(fc.integer({ min: -1e12, max: 0 }), fc.integer({ min: 0, max: 1e12 }), (low, high) => {
      const ticks = chooseTicks(low, high);
      t.true((ticks[0] ?? 1) <= low && (ticks.at(-1) ?? -1) >= high && ticks.length <= 8);
      t.true(ticks.every(Number.isSafeInteger) && ticks.includes(0));
    }),
  );
});

test('the balance is a line of steps that begins with the balance before the first entry', (t) => {
  const entries = [entry('2026-11-11T12:00:00Z', -200, 300), entry('2026-11-01T12:00:00Z', 400, 500)];
  const chart = balanceChart({ ...account, balance: 300 }, entries, now);
  t.like(chart, { openingMinor: 100, lowestMinor: 100, highestMinor: 500 });
  const middle = (CHART.left + (CHART.width - CHART.left - CHART.right) / 2).toFixed(1);
  t.regex(
    chart?.line ?? '',
    new RegExp(`^M${CHART.left} [\\d.]+H${CHART.left}.0V[\\d.]+H${middle}V[\\d.]+H392$`),
  );
  t.is(balanceChart(account, [], now), null);
});

test('what came in and went out is summed by the bank’s month', (t) => {
  const entries = [
    entry('2026-11-05T12:00:00Z', -200, 0),
    entry('2026-10-31T23:30:00Z', 700, 0),
    entry('2026-10-31T22:30:00Z', 40, 0),
  ];
  const chart = flowChart(entries, ['2026-10', '2026-11'], paris);
  t.deepEqual(
    chart?.months.map(({ inMinor, outMinor }) => [inMinor, outMinor]),
    [
      [40, 0],
      [700, 200],
    ],
  );
  t.is(flowChart([], ['2026-11'], paris), null);
});
