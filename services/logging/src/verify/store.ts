import { type Query, select, sql } from '@guichet/database';
import type { ChainHead } from '../entries/store.ts';
import { logHours } from '../intake/store.ts';

/** The newest sequence that any row has, and the head of the chain, at one moment. */
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

/** Who finds each entry after one sequence, up to and with another: user ids, and whether they are its actor or subject. */
export function readReaders(
  after: bigint,
  upTo: bigint,
): Query<Map<bigint, Map<string, { named: boolean }>>> {
  return select(
    sql`SELECT sequence, user_id AS userId, named FROM log_concerns WHERE sequence BETWEEN ${after + 1n} AND ${upTo}`,
    (rows: { sequence: bigint; userId: string; named: number }[]) => {
      const readers = new Map<bigint, Map<string, { named: boolean }>>();
      for (const { sequence, userId, named } of rows) {
        const ofEntry = readers.get(sequence) ?? new Map();
        readers.set(sequence, ofEntry.set(userId, { named: Boolean(named) }));
      }
      return readers;
    },
  );
}

/** The run of sequences of each of these hours, by the hour's number since 1970; unknown hours are left out. */
export function readHours(hours: readonly number[]): Query<Map<number, { first: bigint; last: bigint }>> {
  return logHours
    .select(sql`hour IN (${hours.map((hour) => new Date(hour * 3_600_000))})`)
    .map((rows) => new Map(rows.map(({ hour, ...run }) => [hour.getTime() / 3_600_000, run])));
}
