import { allOf, anyOf, type Query, type Sql, select, sql, table } from '@guichet/database';
import type { Searched, SequenceRange } from './rules.ts';

/** The words of the entries of a block. */
export interface BlockWords {
  block: bigint;
  /** Null if any text may be in the block. */
  words: string | null;
}

interface BlockSlice {
  first: bigint;
  last: bigint;
  order: 'newest first' | 'oldest first';
  limit: number;
}

const logWords = table<BlockWords>('log_words', { block: 'block', words: 'words' });

/** Stores the words of complete blocks. A row that is already there is not the service's own, and is replaced. */
export function insertWords(blocks: readonly BlockWords[]): Query<void> {
  return logWords.upsert(blocks, ['block', 'words'], sql`words = VALUES(words)`);
}

/** The texts of the entries from `first` to `last`. */
export function readTexts({ first, last }: SequenceRange): Query<Searched[]> {
  return select(
    sql`SELECT sequence, message, actor_username AS actorUsername FROM log_entries WHERE sequence BETWEEN ${first} AND ${last}`,
  );
}

/** The newest block with words; null if there is none. */
export function readNewestBlock(): Query<bigint | null> {
  return select(
    sql`SELECT MAX(block) AS block FROM log_words`,
    ([row]: { block: bigint | null }[]) => row?.block ?? null,
  );
}

/** The first blocks in the given order, between `first` and `last`, that have all of the pieces. They are returned in rising order. */
export function findBlocks(
  pieces: readonly string[],
  { first, last, order, limit }: BlockSlice,
): Query<bigint[]> {
  const hasAll = allOf(...pieces.map((piece) => sql`INSTR(words, ${piece}) > 0`));
  const isCandidate = anyOf(sql`words IS NULL`, hasAll);
  const direction = order === 'newest first' ? sql`DESC` : sql`ASC`;
  return select(
    sql`SELECT block FROM log_words WHERE block BETWEEN ${first} AND ${last} AND ${isCandidate} ORDER BY block ${direction} LIMIT ${limit}`,
    (rows: { block: bigint }[]) => {
      const blocks = rows.map(({ block }) => block);
      return order === 'newest first' ? blocks.reverse() : blocks;
    },
  );
}

/** The words of these blocks; blocks without a row are left out. */
export function readWords({
  first,
  last,
}: {
  first: bigint;
  last: bigint;
}): Query<Map<bigint, string | null>> {
  return logWords
    .select(sql`block BETWEEN ${first} AND ${last}`)
    .map((rows) => new Map(rows.map(({ block, words }) => [block, words])));
}

/** Whether a sequence is in one of the ranges. */
export function inRanges(sequence: Sql, ranges: readonly SequenceRange[]): Sql {
  return anyOf(...ranges.map(({ first, last }) => sql`${sequence} BETWEEN ${first} AND ${last}`));
}
