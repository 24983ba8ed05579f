import type { Calendar } from '@guichet/calendar';

const AT_MOST = 24;

/** The months that can have a statement ("2026-10"), newest first, in the bank's time zone. */
export function lastMonths(since: string | null, calendar: Calendar, now = new Date()): string[] {
  if (since === null) return [];
  const first = calendar.monthOf(new Date(since));
  const months = [calendar.monthOf(now)];
  for (let month = months[0] ?? first; month > first && months.length < AT_MOST; ) {
    month = calendar.monthOf(new Date(calendar.month(month).from.getTime() - 1));
    months.push(month);
  }
  return months;
}
