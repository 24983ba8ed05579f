import { type Query, select, sql } from '@guichet/database';
import type { ChainHead } from '../entries/store.ts';
import type { Concern } from '../intake/rules.ts';
import { logHours } from '../intake/store.ts';
import { SEQUENCE_MAX } from '../search/rules.ts';

/** The end of what the log has, from one snapshot. */
export interface LogEnd extends ChainHead {
  /** The newest sequence of any row. */
  readonly newest: bigint;
  /** The oldest sequence of any row; null if there is none. */
  readonly oldest: bigint | null;
  /** The newest block with words; -1 if there is none. */
  readonly newestBlock: bigint;
}

export function readEnd(): Query<LogEnd> {
  return select(
    sql`SELECT sequence, hash, GREATEST(
       COALESCE((SELECT MAX(sequence) FROM log_entries), 0), COALESCE((SELECT MAX(sequence) FROM log_concerns), 0)
     ) AS newest, LEAST(
       COALESCE((SELECT MIN(sequence) FROM log_entries), ~0), COALESCE((SELECT MIN(sequence) FROM log_concerns), ~0)
     ) AS oldest, COALESCE((SELECT MAX(block) FROM log_words), -1) AS newestBlock FROM log_chain WHERE name = 'head'`,
    ([row]: (LogEnd & { oldest: bigint })[]) => {
      if (row === undefined) throw new Error('the chain has no head: the schema is not migrated');
      const oldest = BigInt(row.oldest);
      return {
        ...row,
        newest: BigInt(row.newest),
        oldest: oldest === SEQUENCE_MAX ? null : oldest,
        newestBlock: BigInt(row.newestBlock),
      };
    },
  );
}

/** The users that each entry with after < sequence <= upTo concerns. */
export function readConcerns(after: bigint, upTo: bigint): Query<Map<bigint, Map<string, Concern>>> {
  return select(
    sql`SELECT sequence, user_id AS userId, named, may_read AS mayRead FROM log_concerns WHERE sequence BETWEEN ${after + 1n} AND ${upTo}`,
    (rows: { sequence: bigint; userId: string; named: number; mayRead: number }[]) => {
      const concerns = new Map<bigint, Map<string, Concern>>();
      for (const { sequence, userId, named, mayRead } of rows) {
        const ofEntry = concerns.get(sequence) ?? new Map();
        concerns.set(sequence, ofEntry.set(userId, { named: Boolean(named), mayRead: Boolean(mayRead) }));
      }
      return concerns;
    },
  );
}

/** The range of sequences of each of these hours, as hours since 1970; hours without entries are left out. */
export function readHours(hours: readonly number[]): Query<Map<number, { first: bigint; last: bigint }>> {
  return logHours
    .select(sql`hour IN (${hours.map((hour) => new Date(hour * 3_600_000))})`)
    .map((rows) => new Map(rows.map(({ hour, ...range }) => [hour.getTime() / 3_600_000, range])));
}

/** The first hours after `after` that have a range of sequences or a number of entries. */
export function readHoursAfter(after: Date, limit: number): Query<Date[]> {
  return select(
    sql`SELECT hour FROM log_hours WHERE hour > ${after} UNION SELECT hour FROM log_counts WHERE hour > ${after}
      UNION SELECT hour FROM log_group_counts WHERE hour > ${after} ORDER BY hour LIMIT ${limit}`,
    (rows: { hour: Date }[]) => rows.map(({ hour }) => hour),
  );
}
