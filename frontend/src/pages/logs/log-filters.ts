import type { Calendar } from '@guichet/calendar';
import type { OpenList } from '../lists/open-list.ts';
import { type PeriodName, startOfPeriod } from './periods.ts';

/** The filters of the log itself, with the start of a period that ends now in place of its name. */
export function filtersOfLog(
  { values }: Pick<OpenList<'logs'>, 'values'>,
  calendar: Calendar,
  now = new Date(),
): Record<string, string> {
  const { period, ...filters } = values;
  if (period === undefined || filters.from !== undefined || filters.to !== undefined) return filters;
  return { ...filters, from: startOfPeriod(period as PeriodName, calendar, now).toISOString() };
}
