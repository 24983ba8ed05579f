/** A sum over one day of the bank, in minor units whatever the currency. */
export interface DaySum {
  dayStart: Date;
  amountMinor: bigint;
}

/** Far above every threshold, and far below the maximum of a BIGINT column. */
const MAX_SUM_MINOR = 1_000_000_000_000_000_000n;

/**
 * The current sum: the stored one until its day is over. A sum of a later day is kept, because the clocks of two replicas may disagree about
 * midnight, and neither may undo what the other counted.
 */
export function sumOfDay(stored: DaySum | undefined, dayStart: Date): DaySum {
  return stored === undefined || stored.dayStart.getTime() < dayStart.getTime()
    ? { dayStart, amountMinor: 0n }
    : stored;
}

export function addToSum({ dayStart, amountMinor }: DaySum, moreMinor: bigint): DaySum {
  const sum = amountMinor + moreMinor;
  return { dayStart, amountMinor: sum > MAX_SUM_MINOR ? MAX_SUM_MINOR : sum };
}
