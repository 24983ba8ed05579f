import { isBusinessDay, nextBusinessDay } from '@guichet/calendar';
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

/**
 * The day on which an operation for `date` is executed: money leaves for another bank only when euro payments settle, so it moves to the next
 * business day; everything within the bank keeps its day.
 */
export function executionDay(date: string, leavesForAnotherBank: boolean): string {
  return leavesForAnotherBank && !isBusinessDay(date) ? nextBusinessDay(date) : date;
}

/** The day of the next attempt, after one on `today` for which money was lacking; null if that was the last. */
export function nextAttempt(today: string, attempts: number): string | null {
  return attempts >= MAX_ATTEMPTS ? null : nextBusinessDay(today);
}
