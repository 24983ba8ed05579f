import type { Calendar } from '@guichet/calendar';
import type { LogLevel } from '@guichet/contract';
import type { LogBar, LogBucket } from '@guichet/contract/logging';

/** Entries of one level in a slot of time, as the database counts them. */
export interface SlotCount {
  readonly slotStart: Date;
  readonly level: LogLevel;
  readonly count: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** With more bars, empty ones are left out: no chart can show them, and a year has half a million minutes. */
const FILLED_BARS_MAX = 10_000;

/** The length of the slots in which the database counts: a bucket of any time zone consists of whole slots. */
export function slotMinutes(bucket: LogBucket): number {
  // Some zones differ from UTC by a multiple of 15 minutes.
  return bucket === 'minute' ? 1 : 15;
}

/** The time that one bar covers. */
interface Span {
  readonly from: Date;
  readonly to: Date;
}

/** The bucket that contains `instant`, in the bank's time zone; hours are counted from the start of the bank's day. */
function bucketOf(instant: Date, bucket: LogBucket, calendar: Calendar): Span {
  const day = calendar.dayOf(instant);
  if (bucket === 'day') return day;
  const lengthMs = bucket === 'hour' ? HOUR_MS : MINUTE_MS;
  const wholeMs = Math.floor((instant.getTime() - day.from.getTime()) / lengthMs) * lengthMs;
  const from = new Date(day.from.getTime() + wholeMs);
  // A day on which the clocks change by half an hour ends within an hour.
  return { from, to: new Date(Math.min(from.getTime() + lengthMs, day.to.getTime())) };
}

/** Adds up slots, in order of time, into the bars of a chart; gaps in the `shown` period are filled with empty bars. */
export function toSeries(
  slots: readonly SlotCount[],
  bucket: LogBucket,
  calendar: Calendar,
  shown: { first: Date; last: Date } | null,
): LogBar[] {
  const bars = new Map<number, { info: number; warning: number; error: number }>();
  for (const start of shown === null ? [] : emptyBars(bucket, calendar, shown)) {
    bars.set(start, { info: 0, warning: 0, error: 0 });
  }
  let span: Span | null = null;
  for (const { slotStart, level, count } of slots) {
    if (span === null || slotStart < span.from || slotStart >= span.to)
      span = bucketOf(slotStart, bucket, calendar);
    const start = span.from.getTime();
    const bar = bars.get(start) ?? { info: 0, warning: 0, error: 0 };
    bar[level.toLowerCase() as Lowercase<typeof level>] += count;
    bars.set(start, bar);
  }
  return [...bars]
    .sort(([a], [b]) => a - b)
    .map(([start, counts]) => ({ start: new Date(start).toISOString(), ...counts }));
}

function emptyBars(
  bucket: LogBucket,
  calendar: Calendar,
  { first, last }: { first: Date; last: Date },
): number[] {
  const starts: number[] = [];
  for (
    let span = bucketOf(first, bucket, calendar);
    span.from <= last;
    span = bucketOf(span.to, bucket, calendar)
  ) {
    starts.push(span.from.getTime());
    if (starts.length > FILLED_BARS_MAX) return [];
  }
  return starts;
}
