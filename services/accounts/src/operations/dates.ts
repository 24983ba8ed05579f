import { nextBusinessDay } from '@guichet/calendar';
import type { Deps } from '../deps.ts';
import type { Operation } from './operation.ts';

/** The number of days on which an operation is tried while money is lacking: its own, and the next two business days. */
const MAX_ATTEMPTS = 3;

/** Whether the money of an operation leaves for another bank. */
export function leavesForAnotherBank({
  kind,
  toAccountId,
}: Pick<Operation, 'kind' | 'toAccountId'>): boolean {
  return kind === 'external_transfer' && toAccountId === null;
}

/** The day of the next attempt, after one on `today` for which money was lacking; null if that was the last. */
export function nextAttempt(today: string, attempts: number): string | null {
  return attempts >= MAX_ATTEMPTS ? null : nextBusinessDay(today);
}

/** The last of the bank's days whose morning has come: what is due on it or earlier is executed. */
export function lastDueDay({ clock, rules: { calendar, ordersAt } }: Pick<Deps, 'clock' | 'rules'>): string {
  const now = clock();
  const isMorning = calendar.timeOf(now) >= ordersAt;
  return calendar.dateOf(isMorning ? now : new Date(calendar.dayOf(now).from.getTime() - 1));
}
