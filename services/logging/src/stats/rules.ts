import type { Calendar } from '@guichet/calendar';
import type { LogLevel } from '@guichet/contract';
import type { LogBar, LogBucket } from '@guichet/contract/logging';

/** Entries of one level in a slot of time, as the database counts them. */
export interface SlotCount {
  readonly slotStart: Date;
  readonly level: LogLevel;
  readonly count: number;
}

/** Entries of one kind, as the database counts them. */
export interface KindCount {
  readonly level: LogLevel;
  readonly action: string;
  readonly service: string;
  readonly count: number;
}

/** Entries of one name in a slot of time. */
export interface NamedSlot {
  readonly slotStart: Date;
  readonly name: string;
  readonly count: number;
}

/** From `from`, inclusive, to `to`, exclusive; null if it has no beginning or no end. */
export interface TimeSpan {
  readonly from: Date | null;
  readonly to: Date | null;
}

export const MINUTE_MS = 60_000;
export const QUARTER_MS = 15 * MINUTE_MS;
export const HOUR_MS = 60 * MINUTE_MS;

/** With more bars, empty ones are left out: no chart can show them, and a year has half a million minutes. */
const FILLED_BARS_MAX = 10_000;

/** A period as its whole quarters of an hour, which log_counts has, and what is left at its ends. `whole` is null if it has none. */
export function splitPeriod({ from, to }: TimeSpan): { whole: TimeSpan | null; ends: TimeSpan[] } {
  const begin = from === null ? null : new Date(Math.ceil(from.getTime() / QUARTER_MS) * QUARTER_MS);
  const end = to === null ? null : new Date(Math.floor(to.getTime() / QUARTER_MS) * QUARTER_MS);
  if (begin !== null && end !== null && begin >= end) return { whole: null, ends: [{ from, to }] };
  const ends = [
    { from, to: begin },
    { from: end, to },
  ];
  return {
    whole: { from: begin, to: end },
    ends: ends.filter((one) => one.from?.getTime() !== one.to?.getTime()),
  };
}

export function isWithin(time: Date, { from, to }: TimeSpan): boolean {
  return (from === null || time >= from) && (to === null || time < to);
}

/** The length of the slots in which the database counts: a bucket of any time zone consists of whole slots. */
export function slotMinutes(bucket: LogBucket): number {
  // Some zones differ from UTC by a multiple of 15 minutes.
  return bucket === 'minute' ? 1 : QUARTER_MS / MINUTE_MS;
}

/** The time that one bar covers. */
interface Span {
  readonly from: Date;
  readonly to: Date;
}

/** Finds the bucket that contains an instant, in the bank's time zone; hours are counted from the start of the bank's day. */
export function bucketsOf(bucket: LogBucket, calendar: Calendar): (instant: Date) => Span {
  // Kept for the next instant, because the calendar takes longer than all else, and a day has many buckets.
  let day: Span | null = null;
  return (instant) => {
    if (day === null || instant < day.from || instant >= day.to) day = calendar.dayOf(instant);
    if (bucket === 'day') return day;
    const lengthMs = bucket === 'hour' ? HOUR_MS : MINUTE_MS;
    const wholeMs = Math.floor((instant.getTime() - day.from.getTime()) / lengthMs) * lengthMs;
    const from = new Date(day.from.getTime() + wholeMs);
    // A day on which the clocks change by half an hour ends within an hour.
    return { from, to: new Date(Math.min(from.getTime() + lengthMs, day.to.getTime())) };
  };
}

/** Adds up slots, in order of time, into the bars of a chart; gaps in the `shown` period are filled with empty bars. */
export function toSeries(
  slots: readonly SlotCount[],
  bucket: LogBucket,
  calendar: Calendar,
  shown: { first: Date; last: Date } | null,
): LogBar[] {
  const bars = new Map<number, { info: number; warning: number; error: number }>();
  const bucketOf = bucketsOf(bucket, calendar);
  const filled = shown === null ? [] : bucketsIn(bucketOf, shown);
  for (const { from } of filled) bars.set(from.getTime(), { info: 0, warning: 0, error: 0 });
  const filledOf = walk(filled);
  let span: Span | null = null;
  for (const { slotStart, level, count } of slots) {
    if (span === null || slotStart < span.from || slotStart >= span.to) {
      span = filledOf(slotStart) ?? bucketOf(slotStart);
    }
    const start = span.from.getTime();
    const bar = bars.get(start) ?? { info: 0, warning: 0, error: 0 };
    bar[level.toLowerCase() as Lowercase<typeof level>] += count;
    bars.set(start, bar);
  }
  return [...bars]
    .sort(([a], [b]) => a - b)
    .map(([start, counts]) => ({ start: new Date(start).toISOString(), ...counts }));
}

/** The buckets of a period, in order of time; none if they are too many to fill. */
function bucketsIn(bucketOf: (instant: Date) => Span, { first, last }: { first: Date; last: Date }): Span[] {
  const spans: Span[] = [];
  for (let span = bucketOf(first); span.from <= last; span = bucketOf(span.to)) {
    spans.push(span);
    if (spans.length > FILLED_BARS_MAX) return [];
  }
  return spans;
}

/** Finds the span that contains an instant, if one does; spans and instants are in order of time. */
function walk(spans: readonly Span[]): (instant: Date) => Span | null {
  let next = 0;
  return (instant) => {
    let span = spans[next];
    while (span !== undefined && span.to <= instant) {
      next += 1;
      span = spans[next];
    }
    return span !== undefined && span.from <= instant ? span : null;
  };
}
