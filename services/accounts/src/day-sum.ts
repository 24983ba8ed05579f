/** What counts together over one day of the bank; amounts in minor units, whatever the currency. */
export interface DaySum {
  dayStart: Date;
  amountMinor: bigint;
}

/** Far beyond every threshold, and far within a BIGINT column. */
const MAX_SUM_MINOR = 1_000_000_000_000_000_000n;

/**
 * The sum that counts now: the stored one until its day is over. One of a later day counts on, because the clocks of two replicas may
 * disagree about midnight, and neither may undo what the other counted.
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
