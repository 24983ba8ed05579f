/** A month of the log, `YYYY-MM` in UTC: that in which its entries were stored. */
export type Month = string;

/** Where a month's sequences begin; they end before those of the next one. */
export interface MonthStart {
  readonly month: Month;
  readonly first: bigint;
}

/**
 * The sequences that each month has for itself, more than a bank needs: the log skips what a month leaves over, so that the boundaries are known before the
 * month begins, and no row is ever moved. A multiple of the blocks of the text search.
 */
export const MONTH_SEQUENCES = 1_000_000_000n;

/** Events can be older than their entries: clocks differ by less than this. */
export const CLOCKS_DIFFER_MS = 86_400_000;

export function monthOf(time: Date): Month {
  return time.toISOString().slice(0, 7);
}

export function startOf(month: Month): Date {
  return new Date(`${month}-01T00:00:00.000Z`);
}

/** The month `count` months later, or earlier if it's negative. */
export function monthsLater(month: Month, count: number): Month {
  const start = startOf(month);
  return monthOf(new Date(Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + count)));
}

/** The first sequence of the month that an entry stored at `time` belongs to; 0 before the first month. */
export function firstSequenceAt(months: readonly MonthStart[], time: Date): bigint {
  const month = monthOf(time);
  return months.findLast((one) => one.month <= month)?.first ?? 0n;
}

/** The smallest sequence that the entry of an event can have. */
export function storedFrom(months: readonly MonthStart[], eventTime: Date): bigint {
  return firstSequenceAt(months, new Date(eventTime.getTime() - CLOCKS_DIFFER_MS));
}

/**
 * The months to add after those that the log has, so that it's prepared for `ahead` months after that of `now`. A month that passed without this is not
 * added: its entries are part of the last one before it.
 */
export function monthsToAdd(
  last: { month: Month; end: bigint } | null,
  { now, ahead }: { now: Date; ahead: number },
): { month: Month; end: bigint }[] {
  const current = monthOf(now);
  const after = last === null ? current : monthsLater(last.month, 1);
  const added: { month: Month; end: bigint }[] = [];
  let { end } = last ?? { end: 0n };
  for (
    let month = after > current ? after : current;
    month <= monthsLater(current, ahead);
    month = monthsLater(month, 1)
  ) {
    end += MONTH_SEQUENCES;
    added.push({ month, end });
  }
  return added;
}

/** Whether all entries of a month are older than the retention; `next` is the month that follows it in the log. */
export function isExpired(
  next: Month,
  { now, retentionMonths }: { now: Date; retentionMonths: number },
): boolean {
  return next <= monthsLater(monthOf(now), -retentionMonths);
}
