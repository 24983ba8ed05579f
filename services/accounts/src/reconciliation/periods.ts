import { OUTBOX_KEPT_DAYS } from '@guichet/outbox';

/** How long after its deadline an operation may still wait: the worker that expires it runs every few seconds. */
const GRACE_MS = 5 * 60_000;
const DAY_MS = 24 * 3_600_000;

/** An operation whose deadline is earlier should have expired. */
export function overdueBefore(now: Date): Date {
  return new Date(now.getTime() - GRACE_MS);
}

/** The outbox has every event since then: its oldest day is being deleted. */
export function eventsKeptSince(now: Date): Date {
  return new Date(now.getTime() - (OUTBOX_KEPT_DAYS - 1) * DAY_MS);
}

/** How much the clocks of two replicas may differ, plus the time from a transaction's clock to its commit. */
export const CLOCK_TOLERANCE_MS = 2 * 60_000;
