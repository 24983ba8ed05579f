import { allOf, queryOnce, type Readable, select, sql, type Transaction } from '@guichet/database';
import type { LogFilter } from './filter.ts';

/**
 * The range of sequences that contains every entry of the filter's period, from the ranges of its hours: pages are in the order of
 * sequences, so they can start at the period. Null if the period has no entries.
 */
export async function sequencesOf(
  db: Readable | Transaction,
  filter: Pick<LogFilter, 'from' | 'to'>,
): Promise<{ first?: bigint; last?: bigint } | null> {
  if (filter.from === null && filter.to === null) return {};
  const hours = allOf(
    filter.from === null ? undefined : sql`hour >= ${startOfHour(filter.from)}`,
    filter.to === null ? undefined : sql`hour < ${filter.to}`,
  );
  const [range] = await queryOnce(
    db,
    select<{ first: bigint | null; last: bigint | null }>(
      sql`SELECT MIN(first_sequence) AS first, MAX(last_sequence) AS last FROM log_hours WHERE ${hours}`,
    ),
  );
  if (range === undefined || range.first === null || range.last === null) return null;
  return { first: range.first, last: range.last };
}

function startOfHour(time: Date): Date {
  return new Date(Math.floor(time.getTime() / 3_600_000) * 3_600_000);
}
