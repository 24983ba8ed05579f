import type { Calendar } from '@guichet/calendar';

export interface Day<Item> {
  /** "2026-10-31", in the bank's time zone. */
  date: string;
  /** The time of the first item. */
  at: string;
  /** Null for every other day; a key under `days`. */
  name: 'today' | 'yesterday' | null;
  items: Item[];
}

/** Items in the order of their times, by the bank's day. */
export function groupByDay<Item>(
  items: readonly Item[],
  timeOf: (item: Item) => string,
  calendar: Calendar,
  now = new Date(),
): Day<Item>[] {
  const today = calendar.dateOf(now);
  const yesterday = calendar.dateOf(new Date(calendar.dayOf(now).from.getTime() - 1));
  const days: Day<Item>[] = [];
  for (const item of items) {
    const at = timeOf(item);
    const date = calendar.dateOf(new Date(at));
    const last = days.at(-1);
    if (last?.date === date) last.items.push(item);
    else
      days.push({
        date,
        at,
        name: date === today ? 'today' : date === yesterday ? 'yesterday' : null,
        items: [item],
      });
  }
  return days;
}
