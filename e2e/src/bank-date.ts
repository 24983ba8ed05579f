import { bankTimeZone, createCalendar, lastMonthOver } from '@guichet/calendar';

const calendar = createCalendar(bankTimeZone.parse(undefined));

/** The bank's date, as `2026-10-31`, when its clock is so many seconds from the present. Its day begins before or after that of UTC, and must not be taken for it. */
export function bankDate(offsetSeconds = 0): string {
  return calendar.dateOf(new Date(Date.now() + offsetSeconds * 1_000));
}

/** The last month whose interest is added up by now, as `2026-10`. */
export function lastMonth(): string {
  return lastMonthOver(bankDate());
}
