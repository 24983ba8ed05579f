import type { Calendar } from '@guichet/calendar';
import type { Account, Entry } from '@guichet/contract/accounts';
import { chooseTicks } from './ticks.ts';

/** What the charts are drawn into: the units of their SVG, with room for labels on the left and below. */
export const CHART = { width: 400, height: 190, left: 66, right: 8, top: 10, bottom: 24 } as const;
const PLOT = { right: CHART.width - CHART.right, bottom: CHART.height - CHART.bottom };

interface Tick {
  position: number;
  valueMinor: number;
}

export interface BalanceChart {
  line: string;
  area: string;
  amounts: Tick[];
  from: Date;
  to: Date;
  openingMinor: number;
  lowestMinor: number;
  highestMinor: number;
}

export interface FlowChart {
  amounts: Tick[];
  months: { at: Date; inMinor: number; outMinor: number; x: number; credit: Bar; debit: Bar }[];
}

interface Bar {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** The balance over time as a line of steps, from `entries`, newest first; null without two points in time. */
export function balanceChart(account: Account, entries: readonly Entry[], now: Date): BalanceChart | null {
  const oldest = entries.at(-1);
  if (oldest === undefined) return null;
  const openingMinor = oldest.balance_after - oldest.amount;
  const from = new Date(oldest.posted_at);
  if (now.getTime() <= from.getTime()) return null;
  const balances = [openingMinor, ...entries.map((entry) => entry.balance_after), account.balance];
  const lowestMinor = Math.min(...balances);
  const highestMinor = Math.max(...balances);
  const { y, amounts } = verticalScale(lowestMinor, highestMinor);
  const x = (time: Date): string => {
    const share = (time.getTime() - from.getTime()) / (now.getTime() - from.getTime());
    return (CHART.left + Math.min(1, Math.max(0, share)) * (PLOT.right - CHART.left)).toFixed(1);
  };
  const steps = entries
    .toReversed()
    .map((entry) => `H${x(new Date(entry.posted_at))}V${y(entry.balance_after)}`);
  const line = `M${CHART.left} ${y(openingMinor)}${steps.join('')}H${PLOT.right}`;
  return {
    line,
    area: `${line}V${y(0)}H${CHART.left}Z`,
    amounts,
    from,
    to: now,
    openingMinor,
    lowestMinor,
    highestMinor,
  };
}

/** What came in and went out in each of `months` ("2026-10", oldest first); null if nothing did. */
export function flowChart(
  entries: readonly Entry[],
  months: readonly string[],
  calendar: Calendar,
): FlowChart | null {
  const sums = months.map((month) => {
    const inMonth = entries.filter((entry) => calendar.monthOf(new Date(entry.posted_at)) === month);
    const sum = (sign: 1 | -1) =>
      inMonth.reduce((total, { amount }) => total + Math.max(0, sign * amount), 0);
    return { month, inMinor: sum(1), outMinor: sum(-1) };
  });
  const highest = Math.max(0, ...sums.flatMap(({ inMinor, outMinor }) => [inMinor, outMinor]));
  if (highest === 0) return null;
  const { y, amounts } = verticalScale(0, highest);
  const slot = (PLOT.right - CHART.left) / sums.length;
  const width = Math.min(22, slot / 3);
  const bar = (x: number, valueMinor: number): Bar => ({
    x: round(x),
    y: y(valueMinor),
    width: round(width),
    height: round(y(0) - y(valueMinor)),
  });
  return {
    amounts,
    months: sums.map(({ month, inMinor, outMinor }, index) => {
      const middle = CHART.left + (index + 0.5) * slot;
      return {
        at: calendar.month(month).from,
        inMinor,
        outMinor,
        x: round(middle),
        credit: bar(middle - width - 1, inMinor),
        debit: bar(middle + 1, outMinor),
      };
    }),
  };
}

/** A scale that always shows zero, so that a small change doesn't look like a large one. */
function verticalScale(lowest: number, highest: number) {
  const ticks = chooseTicks(Math.min(0, lowest), Math.max(0, highest));
  const low = ticks[0] ?? 0;
  const spread = (ticks.at(-1) ?? 1) - low || 1;
  const y = (valueMinor: number): number =>
    round(PLOT.bottom - ((valueMinor - low) / spread) * (PLOT.bottom - CHART.top));
  return { y, amounts: ticks.map((valueMinor) => ({ position: y(valueMinor), valueMinor })) };
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
