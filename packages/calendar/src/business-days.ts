import { DateTime } from 'luxon';

/** The other days on which euro payments do not settle (ECB, T2 calendar), as month and day. */
const CLOSED_EVERY_YEAR = ['01-01', '05-01', '12-25', '12-26'];
/** Good Friday and Easter Monday, in days from Easter. */
const CLOSED_AROUND_EASTER = [-2, 1];

/** Whether banks in the euro area work on a date, `2026-10-31`: Monday to Friday, except for T2's closing days. */
export function isBusinessDay(date: string): boolean {
  const day = DateTime.fromISO(date, { zone: 'utc' });
  if (day.weekday > 5 || CLOSED_EVERY_YEAR.includes(day.toFormat('MM-dd'))) return false;
  const easter = easterOf(day.year);
  return !CLOSED_AROUND_EASTER.some((days) => easter.plus({ days }).hasSame(day, 'day'));
}

/** The first business day after a date. */
export function nextBusinessDay(date: string): string {
  let day = DateTime.fromISO(date, { zone: 'utc' });
  do day = day.plus({ days: 1 });
  while (!isBusinessDay(day.toISODate() ?? ''));
  return day.toISODate() ?? '';
}

/** The first and the last date for which an order can be given on a date: from the next day until a year ahead. */
export function orderDates(today: string): { first: string; last: string } {
  const day = DateTime.fromISO(today, { zone: 'utc' });
  return {
    first: day.plus({ days: 1 }).toISODate() ?? '',
    last: day.plus({ years: 1 }).toISODate() ?? '',
  };
}

/** The date so many days after another one. */
export function daysAfter(date: string, days: number): string {
  return DateTime.fromISO(date, { zone: 'utc' }).plus({ days }).toISODate() ?? '';
}

/** The date after another one. */
export function dayAfter(date: string): string {
  return daysAfter(date, 1);
}

/** The date before another one. */
export function dayBefore(date: string): string {
  return daysAfter(date, -1);
}

/**
 * The last month, `2026-10`, that was over on the day before `today`: its interest is added up, also if the morning on which the bank adds up that of the day before has not come
 * yet.
 */
export function lastMonthOver(today: string): string {
  const month = dayBefore(today).slice(0, 'yyyy-MM'.length);
  return dayBefore(`${month}-01`).slice(0, 'yyyy-MM'.length);
}

/** The first date after a month, `2026-10`. */
export function firstDayAfterMonth(month: string): string {
  return DateTime.fromISO(`${month}-01`, { zone: 'utc' }).plus({ months: 1 }).toISODate() ?? '';
}

/** Whether a text is a day that exists, as `2026-10-31`. */
export function isDate(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && DateTime.fromISO(text, { zone: 'utc' }).isValid;
}

/** Whether an order can be given for a date on `today`. */
export function isOrderDate(date: string, today: string): boolean {
  const { first, last } = orderDates(today);
  return isDate(date) && date >= first && date <= last;
}

/** Easter Sunday in the Gregorian calendar: the algorithm of Meeus, Astronomical Algorithms, chapter 8. */
function easterOf(year: number): DateTime {
  const a = year % 19;
  const [b, c] = [Math.floor(year / 100), year % 100];
  const g = Math.floor((8 * b + 13) / 25);
  const h = (19 * a + b - Math.floor(b / 4) - g + 15) % 30;
  const l = (32 + 2 * (b % 4) + 2 * Math.floor(c / 4) - h - (c % 4)) % 7;
  const m = Math.floor((a + 11 * h + 22 * l) / 451);
  const sum = h + l - 7 * m + 114;
  return DateTime.utc(year, Math.floor(sum / 31), (sum % 31) + 1);
}
