const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** The pauses after failed attempts, as Standard Webhooks recommends; the last one repeats. */
const PAUSES_MS = [5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR];
/** A pause is up to a fifth longer, so that the receivers of many messages are not all tried at the same moment. */
const JITTER = 0.2;

/** A message that has failed is given up once it is this old: six or more attempts after an outage began, over a day and more. */
const TRIED_FOR_MS = 27 * HOUR;
/** A webhook whose attempts have all failed for this long is disabled. */
const FAILING_FOR_MS = 72 * HOUR;

/**
 * How many messages may wait for one webhook: those of some files of payments at once. Beyond, it is disabled: what can't be received in order for so long is
 * better fetched from the API.
 */
export const WAITING_MAX = 100_000;
/** For how long the previous secret signs too. */
export const OVERLAP_MS = 24 * HOUR;
/** How long messages are kept after they were delivered or given up. */
export const KEPT_MS = 14 * 24 * HOUR;
/** How often a webhook may be tested in a minute. */
export const TESTS_A_MINUTE = 10;

/** The pause after this many failed attempts in a row. `random` is from 0 to 1. */
export function pauseAfter(failures: number, random: number): number {
  const pause = PAUSES_MS[Math.min(failures, PAUSES_MS.length) - 1] ?? 0;
  return Math.round(pause * (1 + JITTER * random));
}

/** Whether a message that has just failed is given up. */
export function isTriedLongEnough(happenedAt: Date, now: Date): boolean {
  return now.getTime() - happenedAt.getTime() >= TRIED_FOR_MS;
}

/** Whether a webhook that has just failed is disabled. */
export function hasFailedTooLong(failingSince: Date, now: Date): boolean {
  return now.getTime() - failingSince.getTime() >= FAILING_FOR_MS;
}
