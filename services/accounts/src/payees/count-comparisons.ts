import { MOST_PER_MINUTE } from './count-checks.ts';

/**
 * Counts, in this process, the requests of each user in a minute that compare a payee's name with the holder's.
 * @returns a function that counts one, and returns whether there were at most as many as payees/verify allows
 */
export function comparisonCounter(mostPerMinute = MOST_PER_MINUTE): (userId: string, now: Date) => boolean {
  let minute = 0;
  let counts = new Map<string, number>();
  return (userId, now) => {
    const current = Math.floor(now.getTime() / 60_000);
    if (current !== minute) {
      minute = current;
      counts = new Map();
    }
    const count = (counts.get(userId) ?? 0) + 1;
    counts.set(userId, count);
    return count <= mostPerMinute;
  };
}
