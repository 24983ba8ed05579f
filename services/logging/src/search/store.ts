import { allOf, anyOf, findsText, type Query, type Sql, select, sql, table } from '@guichet/database';
import { PERSON_SUBJECTS, type Searched, type SequenceRange } from './rules.ts';

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
    sql`SELECT sequence, message, actor_id AS actorId, subject_type AS subjectType, subject_id AS subjectId FROM log_entries WHERE sequence BETWEEN ${first} AND ${last}`,
  );
}

/** The newest block with words; null if there is none. */
export function readNewestBlock(): Query<bigint | null> {
  return select(
    sql`SELECT MAX(block) AS block FROM log_words`,
    ([row]: { block: bigint | null }[]) => row?.block ?? null,
  );
}

/** The words that the list of a block must have if an entry of the block has a term: all pieces of the term, or the mark of a person; null if it may have anything. */
export type BlockTerm = { readonly pieces: readonly string[]; readonly marks: readonly string[] } | null;

/** The ids of the users whose usernames contain the term, at most `limit`. */
export function findNamed(term: string, limit: number): Query<string[]> {
  return select(
    sql`SELECT id FROM people WHERE ${findsText(term, { containing: [sql`username`] })} LIMIT ${limit}`,
    (rows: { id: string }[]) => rows.map(({ id }) => id),
  );
}

/** Whether an entry has a term: in its message, or in the username that its actor or its subject has now. */
export function hasTerm(term: string): Sql {
  const named = sql`(SELECT id FROM people WHERE ${findsText(term, { containing: [sql`username`] })})`;
  return anyOf(
    findsText(term, { containing: [sql`log_entries.message`] }),
    sql`log_entries.actor_id IN ${named}`,
    sql`(log_entries.subject_type IN (${PERSON_SUBJECTS}) AND log_entries.subject_id IN ${named})`,
  );
}

/** The first blocks in the given order, between `first` and `last`, that may have all terms. They are returned in rising order. */
export function findBlocks(
  terms: readonly BlockTerm[],
  { first, last, order, limit }: BlockSlice,
): Query<bigint[]> {
  const has = (piece: string) => sql`INSTR(words, ${piece}) > 0`;
  const hasAll = allOf(
    ...terms.map((term) =>
      term === null ? undefined : anyOf(allOf(...term.pieces.map(has)), ...term.marks.map(has)),
    ),
  );
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
