/** Reading the same again within this time is one viewing. */
const ONE_VIEWING_MS = 3_600_000;

/** A page that reloads itself is one viewing for a working day. Any client can say that it is such a page, so this ends. */
const ONE_PASSIVE_VIEWING_MS = 8 * 3_600_000;

/**
 * Whether a viewing adds an entry to the log, after one at `before`. A page that reloads itself is no new viewing for a long time, but it can't hide the first
 * one.
 */
export function isNewViewing(before: Date | null, now: Date, isPassive: boolean): boolean {
  if (before === null) return true;
  return now.getTime() - before.getTime() >= (isPassive ? ONE_PASSIVE_VIEWING_MS : ONE_VIEWING_MS);
}
