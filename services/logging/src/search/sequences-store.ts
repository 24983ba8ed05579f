import { constant, type Read, select, sql } from '@guichet/database';
import type { SequenceRange } from './rules.ts';

const toSequences = (rows: { sequence: bigint }[]): bigint[] => rows.map(({ sequence }) => sequence);

/** The entries that concern any of these persons, at most `limit`. */
export function findConcerning(
  persons: readonly string[],
  { first, last }: SequenceRange,
  limit: number,
): Read<bigint[]> {
  if (persons.length === 0) return constant([]);
  return select(
    sql`SELECT sequence FROM log_concerns WHERE user_id IN (${persons}) AND sequence BETWEEN ${first} AND ${last} LIMIT ${limit}`,
    toSequences,
  );
}

/** The entries with this id, of this operation, or of this request, at most `limit` of each. */
export function findById(id: string, limit: number): Read<bigint[]> {
  if (!/^[\x20-\x7e]+$/.test(id)) return constant([]);
  return select(
    sql`(SELECT sequence FROM log_entries WHERE id = ${id})
      UNION (SELECT sequence FROM log_entries WHERE operation_id = ${id} LIMIT ${limit})
      UNION (SELECT sequence FROM log_entries WHERE correlation_id = ${id} LIMIT ${limit})`,
    toSequences,
  );
}
