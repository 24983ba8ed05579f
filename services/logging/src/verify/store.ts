import { type Query, select, sql } from '@guichet/database';
import type { ChainHead } from '../entries/store.ts';
import type { Concern } from '../intake/rules.ts';
import { logHours } from '../intake/store.ts';

/** The head of the chain and the newest sequence of any row, from one snapshot. */
export function readEnd(): Query<ChainHead & { newest: bigint }> {
  return select(
    sql`SELECT sequence, hash, GREATEST(
       COALESCE((SELECT MAX(sequence) FROM log_entries), 0), COALESCE((SELECT MAX(sequence) FROM log_concerns), 0)
     ) AS newest FROM log_chain WHERE name = 'head'`,
    ([row]: (ChainHead & { newest: bigint })[]) => {
      if (row === undefined) throw new Error('the chain has no head: the schema is not migrated');
      return { ...row, newest: BigInt(row.newest) };
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
