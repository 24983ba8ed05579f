import { text } from '@guichet/contract';
import { DateTime, IANAZone } from 'luxon';
import { z } from 'zod';

export {
  dayAfter,
  dayBefore,
  daysAfter,
  firstDayAfterMonth,
  isBusinessDay,
  isDate,
  isOrderDate,
  lastMonthOver,
  nextBusinessDay,
  orderDates,
} from './business-days.ts';
export { dateFormat } from './date-format.ts';
export {
  executionDay,
  type OrderDates,
  orderDate,
  orderDatesFrom,
  orderNumberFrom,
} from './order-dates.ts';

/** A time zone that this system knows. */
export const timeZoneSchema = z
  .string()
  .refine((zone) => IANAZone.isValidZone(zone), 'must be an IANA time zone');

/** The setting `BANK_TIME_ZONE` of every process that has to know the bank's days. */
export const bankTimeZone = timeZoneSchema.default('Europe/Paris');

// The years of MySQL's DATETIME without the first and the last, because a time zone may shift a time into the next year.
const YEAR = '(?!1000|9999)[1-9]\\d{3}';
const BARE_DATE = /^\d{4}-\d{2}-\d{2}$/;
const TIME_OR_DATE = new RegExp(
  `^${YEAR}-\\d{2}-\\d{2}([Tt]([01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d(\\.\\d{1,9})?([Zz]|[+-]([01]\\d|2[0-3]):[0-5]\\d))?$`,
);

/** A time in RFC 3339, or a bare date, which means the bank's day. */
export const timeOrDate = text('2026-10-31T12:00:00.000000000+01:00'.length)
  .regex(TIME_OR_DATE, 'must be a date or an RFC 3339 time between the years 1001 and 9998')
  .refine((time) => DateTime.fromISO(time).isValid, 'must be an existing date')
  .meta({
    anyOf: [{ format: 'date' }, { format: 'date-time' }],
    examples: ['2026-10-31', '2026-10-31T12:00:00.000Z'],
  });

/** A month, for example `2026-10`. */
export const monthSchema = text('2026-10'.length).regex(
  new RegExp(`^${YEAR}-(0[1-9]|1[0-2])$`),
  'must be a month such as 2026-10',
);

/** `from` is inclusive and `to` exclusive; null for an open side. */
export interface Period {
  from: Date | null;
  to: Date | null;
}

/** The bank's calendar: its days and months, in its time zone. */
export interface Calendar {
  readonly zone: string;
  /** The period that a query means: `from` inclusive, `to` exclusive; a bare date is a whole day, which is included if it is `to`. */
  period(query: { from?: string | undefined; to?: string | undefined }): Period;
  /** The instant that a query means; a bare date means the last millisecond of its day. */
  instant(text: string): Date;
  /** The day around an instant. */
  dayOf(instant: Date): { from: Date; to: Date };
  /** The date of the day around an instant, as `2026-10-31`. */
  dateOf(instant: Date): string;
  /** The time of day at an instant, as `08:00`. */
  timeOf(instant: Date): string;
  /** The month `2026-10`. */
  month(month: string): { from: Date; to: Date };
  /** The month around an instant, as `2026-10`. */
  monthOf(instant: Date): string;
}

/** If the clocks go back over midnight, it occurs twice: the day begins with the first. */
function earliest(start: DateTime): DateTime {
  return DateTime.min(...start.getPossibleOffsets()) ?? start;
}

/** The calendar of `zone`, an IANA name such as Europe/Paris; days of 23 and 25 hours included. */
export function createCalendar(zone: string): Calendar {
  const parse = (text: string) => {
    const parsed = DateTime.fromISO(text, { zone });
    return BARE_DATE.test(text) ? earliest(parsed) : parsed;
  };
  const startOf = (time: Date) => earliest(DateTime.fromJSDate(time, { zone }).startOf('day'));
  // A day begins later than midnight if the clocks go forward then; the next day still starts at midnight.
  const endOf = (start: DateTime, unit: 'day' | 'month') => earliest(start.plus({ [unit]: 1 }).startOf(unit));
  // The last day that was asked for: each decision asks for today, and computing a day takes longer than many decisions.
  let day: { fromMs: number; toMs: number } | null = null;
  const until = (text: string) => (BARE_DATE.test(text) ? endOf(parse(text), 'day') : parse(text));
  return {
    zone,
    period: ({ from, to }) => ({
      from: from === undefined ? null : parse(from).toJSDate(),
      to: to === undefined ? null : until(to).toJSDate(),
    }),
    instant: (text) =>
      until(text)
        .minus({ milliseconds: BARE_DATE.test(text) ? 1 : 0 })
        .toJSDate(),
    dayOf(time) {
      const at = time.getTime();
      if (day === null || !(at >= day.fromMs && at < day.toMs)) {
        const start = startOf(time);
        day = { fromMs: start.toMillis(), toMs: endOf(start, 'day').toMillis() };
      }
      // New dates, because a caller could change them.
      return { from: new Date(day.fromMs), to: new Date(day.toMs) };
    },
    month(month) {
      const start = parse(`${month}-01`);
      return { from: start.toJSDate(), to: endOf(start, 'month').toJSDate() };
    },
    dateOf: (time) => DateTime.fromJSDate(time, { zone }).toFormat('yyyy-MM-dd'),
    timeOf: (time) => DateTime.fromJSDate(time, { zone }).toFormat('HH:mm'),
    monthOf: (time) => DateTime.fromJSDate(time, { zone }).toFormat('yyyy-MM'),
  };
}
