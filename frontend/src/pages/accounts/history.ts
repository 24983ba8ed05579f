import type { Calendar } from '@guichet/calendar';
import type { Entry } from '@guichet/contract/accounts';

export interface Day {
  /** "2026-10-31", in the bank's time zone. */
  date: string;
  /** Null for every other day; a key under `days`. */
  name: 'today' | 'yesterday' | null;
  entries: Entry[];
}

/** Entries, newest first, by the bank's day. */
export function groupByDay(entries: readonly Entry[], calendar: Calendar, now = new Date()): Day[] {
  const today = calendar.dateOf(now);
  const yesterday = calendar.dateOf(new Date(calendar.dayOf(now).from.getTime() - 1));
  const days: Day[] = [];
  for (const entry of entries) {
    const date = calendar.dateOf(new Date(entry.posted_at));
    const last = days.at(-1);
    if (last?.date === date) last.entries.push(entry);
    else
      days.push({
        date,
        name: date === today ? 'today' : date === yesterday ? 'yesterday' : null,
        entries: [entry],
      });
  }
  return days;
}

/** Whether the owner of the account requested it, so that they can open it: not what others sent, and no correction by an agent. */
export function isRequestOfOwner({ type, amount }: Entry): boolean {
  if (type === 'external_transfer') return amount < 0;
  return type === 'deposit' || type === 'withdrawal' || type === 'internal_transfer';
}
