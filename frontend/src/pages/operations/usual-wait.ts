import type { Operation } from '@guichet/contract/accounts';

/** How long agents usually took; `unit` is a key under `durations`. */
export interface UsualWait {
  unit: 'minutes' | 'hours' | 'days';
  count: number;
}

/** Fewer decisions say nothing about the next one. */
const DECISIONS_MIN = 4;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** The time within which agents decided three quarters of `earlier`, rounded up; null if too few were decided. */
export function usualWait(earlier: readonly Operation[]): UsualWait | null {
  const tookMs = earlier
    .filter(({ status }) => status === 'posted' || status === 'rejected')
    .flatMap(({ created_at: from, decided_at: to }) =>
      to === null ? [] : [Date.parse(to) - Date.parse(from)],
    )
    .toSorted((a, b) => a - b);
  const quarters = tookMs[Math.ceil(tookMs.length * 0.75) - 1];
  if (tookMs.length < DECISIONS_MIN || quarters === undefined) return null;
  const roundUp = (unitMs: number) => Math.max(1, Math.ceil(quarters / unitMs));
  if (quarters <= HOUR_MS) return { unit: 'minutes', count: roundUp(MINUTE_MS) };
  if (quarters <= DAY_MS) return { unit: 'hours', count: roundUp(HOUR_MS) };
  return { unit: 'days', count: roundUp(DAY_MS) };
}
