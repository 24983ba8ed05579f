import type { Calendar } from '@guichet/calendar';
import type { LogBucket } from '@guichet/contract/logging';
import { type Sql, sql } from '@guichet/database';
import { bucketsOf, HOUR_MS, MINUTE_MS } from './rules.ts';

/** How the database numbers buckets: by a length in minutes since 1970, or in the order of their starts in minutes since 1970. */
export type BucketNumbers =
  | { readonly minutes: number }
  | { readonly starts: readonly number[]; readonly areHours: boolean };

/** The numbers of the buckets that contain these times, which are in order. */
export function numberBuckets(
  bucket: LogBucket,
  calendar: Calendar,
  times: readonly { readonly slotStart: Date }[],
): BucketNumbers {
  if (bucket === 'minute') return { minutes: 1 };
  const bucketOf = bucketsOf(bucket, calendar);
  const starts: number[] = [];
  let areHours = true;
  let end = Number.NEGATIVE_INFINITY;
  for (const { slotStart } of times) {
    if (slotStart.getTime() < end) continue;
    const { from, to } = bucketOf(slotStart);
    end = to.getTime();
    starts.push(from.getTime() / MINUTE_MS);
    areHours &&= from.getTime() % HOUR_MS === 0 && end % HOUR_MS === 0;
  }
  return bucket === 'hour' && areHours ? { minutes: HOUR_MS / MINUTE_MS } : { starts, areHours };
}

/** Whether each bucket consists of whole hours of UTC. */
export function isOfHours(numbers: BucketNumbers): boolean {
  return 'starts' in numbers ? numbers.areHours : numbers.minutes % (HOUR_MS / MINUTE_MS) === 0;
}

/** The number of the bucket that contains a time in minutes since 1970. */
export function numberOf(minutes: Sql, numbers: BucketNumbers): Sql {
  if ('minutes' in numbers) return sql`(${minutes}) DIV ${numbers.minutes}`;
  // The server finds the start by bisection.
  return sql`INTERVAL(${minutes}, ${numbers.starts})`;
}

/** When the bucket with a number begins. */
export function startOf(number: number, numbers: BucketNumbers): Date {
  const minutes = 'minutes' in numbers ? number * numbers.minutes : (numbers.starts[number - 1] ?? 0);
  return new Date(minutes * MINUTE_MS);
}
