const FREE_FAILURES = 5;
const FIRST_LOCK_SECONDS = 30;
const LONGEST_LOCK_SECONDS = 15 * 60;

/** Failures further apart than this are not "in a row". */
export const FAILURES_FORGOTTEN_AFTER_MS = 24 * 60 * 60 * 1000;

/** For how long a name is locked after so many failures in a row: not at all, then 30 s, doubling to 15 min. */
export function lockSeconds(failures: number): number {
  if (failures < FREE_FAILURES) return 0;
  return Math.min(FIRST_LOCK_SECONDS * 2 ** (failures - FREE_FAILURES), LONGEST_LOCK_SECONDS);
}

/** The number of failures in a row, including one at `now`. */
export function failuresInARow(before: { failures: number; lastFailedAt: Date } | null, now: Date): number {
  const isFresh =
    before !== null && now.getTime() - before.lastFailedAt.getTime() < FAILURES_FORGOTTEN_AFTER_MS;
  return isFresh ? before.failures + 1 : 1;
}
