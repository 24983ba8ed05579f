import type { Calendar } from '@guichet/calendar';

const AT_MOST = 24;

/** The months for which there can be a statement, "2026-10" and so on, the bank's current one first. */
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
