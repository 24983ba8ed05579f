import type { Calendar } from '@guichet/calendar';

/** The periods that end now, by the names that addresses have for them. */
export const PERIODS = ['15m', '1h', 'today', '7d', '30d'] as const;
export type PeriodName = (typeof PERIODS)[number];

const MINUTE_MS = 60_000;

/** The start of a period that ends now. It is a whole minute or the start of one of the bank's days, so that the bars of charts are whole too. */
export function startOfPeriod(name: PeriodName, calendar: Calendar, now: Date): Date {
  const wholeMinute = Math.floor(now.getTime() / MINUTE_MS) * MINUTE_MS;
  if (name === '15m') return new Date(wholeMinute - 14 * MINUTE_MS);
  if (name === '1h') return new Date(wholeMinute - 59 * MINUTE_MS);
  let { from } = calendar.dayOf(now);
  const days = { today: 1, '7d': 7, '30d': 30 }[name];
  for (let back = 1; back < days; back += 1) ({ from } = calendar.dayOf(new Date(from.getTime() - 1)));
  return from;
}

export interface ShownPeriod {
  /** Null if it has no beginning. */
  from: Date | null;
  to: Date;
}

/** The period that a page shows: from one time to another, or one that ends now. Times are stronger than a name. */
export function shownPeriod(
  { from, to, period }: { from?: string; to?: string; period?: string },
  calendar: Calendar,
  now: Date,
): ShownPeriod {
  if (from === undefined && to === undefined)
    return { from: startOfPeriod((period ?? '30d') as PeriodName, calendar, now), to: now };
  const given = calendar.period({ from, to });
  return { from: given.from, to: given.to ?? now };
}

const LOCAL_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d)?(?:\.\d{1,3})?$/;

/** A time of the bank's zone, as a field sends it, in UTC; any other text as it is. */
export function fromLocalTime(text: string, calendar: Calendar): string {
  if (!LOCAL_TIME.test(text)) return text;
  const instant = calendar.period({ from: text }).from;
  return instant === null || Number.isNaN(instant.getTime()) ? '' : instant.toISOString();
}
