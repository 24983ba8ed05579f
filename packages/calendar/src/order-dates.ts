import type { Frequency } from '@guichet/contract';
import { DateTime, type DurationLikeObject } from 'luxon';
import { isBusinessDay, nextBusinessDay } from './business-days.ts';

/** The dates of a standing order, as `2026-10-31`. */
export interface OrderDates {
  every: Frequency;
  firstOn: string;
  /** The last date on which it may pay; null: it has no end. */
  lastOn: string | null;
}

const STEPS = {
  week: { weeks: 1 },
  month: { months: 1 },
  quarter: { quarters: 1 },
  year: { years: 1 },
} as const satisfies Record<Frequency, DurationLikeObject>;

/**
 * A date of a standing order, by its number from 0, whether or not it's past the last one. Each is counted from the first, so that the 31st
 * becomes the 28th in February only; if the first is the last day of its month, all are, except for weeks.
 */
export function orderDate({ every, firstOn }: Pick<OrderDates, 'every' | 'firstOn'>, number: number): string {
  const first = DateTime.fromISO(firstOn, { zone: 'utc' });
  const [[unit, step]] = Object.entries(STEPS[every]) as [[keyof DurationLikeObject, number]];
  const date = first.plus({ [unit]: step * number });
  const isLastOfMonth = every !== 'week' && first.day === first.daysInMonth;
  return (isLastOfMonth ? date.endOf('month') : date).toISODate() ?? '';
}

/** The dates of a standing order from a number on, at most `count`. */
export function orderDatesFrom(order: OrderDates, number: number, count: number): string[] {
  return Array.from({ length: count }, (_, index) => orderDate(order, number + index)).filter(
    (date) => order.lastOn === null || date <= order.lastOn,
  );
}

/** The number of the first date that is not before `day`. */
export function orderNumberFrom(order: Pick<OrderDates, 'every' | 'firstOn'>, day: string): number {
  let number = 0;
  while (orderDate(order, number) < day) number += 1;
  return number;
}

/**
 * The day on which money moves that is to move on `date`: it leaves for another bank only when euro payments settle, so it waits for the next
 * business day; everything within the bank keeps its day.
 */
export function executionDay(date: string, leavesForAnotherBank: boolean): string {
  return leavesForAnotherBank && !isBusinessDay(date) ? nextBusinessDay(date) : date;
}
