import type { Calendar } from '@guichet/calendar';
import type { LogBar, LogBucket } from '@guichet/contract/logging';
import { chooseTicks } from '../accounts/ticks.ts';
import type { ShownPeriod } from './periods.ts';

/** One bar of the entries over time. It begins and ends within the shown period, so that the list behind it has as many entries. */
export interface Bar {
  from: string;
  to: string;
  info: number;
  warning: number;
  error: number;
  total: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** As many bars as can be told apart, also on a phone. */
const BARS_MAX = 62;
/** How many buckets a bar may have: a round time of each. */
const STEPS: Record<LogBucket, readonly number[]> = {
  minute: [1, 2, 5],
  hour: [1, 2, 3, 6],
  day: [1, 2, 7, 14, 28, 91, 182, 364, 1_820],
};

/** The shortest buckets of which a period has few enough. */
export function chooseBucket({ from, to }: ShownPeriod): LogBucket {
  const lengthMs = from === null ? Number.POSITIVE_INFINITY : to.getTime() - from.getTime();
  if (lengthMs <= BARS_MAX * 5 * MINUTE_MS) return 'minute';
  return lengthMs <= 15 * DAY_MS ? 'hour' : 'day';
}

/** Joins the buckets of a period into few enough bars; `step` is how many buckets a bar has. */
export function barsOf(
  series: readonly LogBar[],
  bucket: LogBucket,
  period: ShownPeriod,
  calendar: Calendar,
): { bars: Bar[]; step: number } {
  const steps = STEPS[bucket];
  const step = steps.find((one) => series.length / one <= BARS_MAX) ?? steps.at(-1) ?? 1;
  const bars: Bar[] = [];
  for (let first = 0; first < series.length; first += step) {
    const joined = series.slice(first, first + step);
    const sum = (level: 'info' | 'warning' | 'error') => joined.reduce((total, bar) => total + bar[level], 0);
    const [info, warning, error] = [sum('info'), sum('warning'), sum('error')];
    const startMs = Date.parse(joined[0]?.start ?? '');
    const endMs = endOf(new Date(joined.at(-1)?.start ?? ''), bucket, calendar);
    bars.push({
      from: new Date(Math.max(startMs, period.from?.getTime() ?? startMs)).toISOString(),
      to: new Date(Math.min(endMs, period.to.getTime())).toISOString(),
      info,
      warning,
      error,
      total: info + warning + error,
    });
  }
  return { bars, step };
}

/** The end of the bucket that starts at `start`. */
function endOf(start: Date, bucket: LogBucket, calendar: Calendar): number {
  const dayEnds = calendar.dayOf(start).to.getTime();
  const lengthMs = { minute: MINUTE_MS, hour: HOUR_MS, day: Number.POSITIVE_INFINITY }[bucket];
  return Math.min(start.getTime() + lengthMs, dayEnds);
}

/** A part of a drawn bar: where it is from the top, and how high, in hundredths of the chart. */
export interface Segment {
  level: 'info' | 'warning' | 'error';
  y: number;
  height: number;
}

/** The values of the chart's scale, from the top to zero, and each bar's segments from bottom to top. */
export function drawBars(bars: readonly Bar[]): { ticks: number[]; drawn: Segment[][] } {
  const ticks = chooseTicks(0, Math.max(1, ...bars.map(({ total }) => total)));
  const top = ticks.at(-1) ?? 1;
  const drawn = bars.map((bar) => {
    let y = 100;
    return (['info', 'warning', 'error'] as const).flatMap((level) => {
      if (bar[level] === 0) return [];
      // A single error must be seen among thousands of entries.
      const height = Math.max((bar[level] / top) * 100, SEEN);
      y = Math.max(y - height, 0);
      return [{ level, y: round(y), height: round(height - GAP) }];
    });
  });
  return { ticks: ticks.toReversed(), drawn };
}

const SEEN = 2;
/** Between segments, so that they are told apart by more than their colours. */
const GAP = 0.8;
const round = (value: number): number => Math.round(value * 100) / 100;
