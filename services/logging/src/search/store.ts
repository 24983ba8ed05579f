import { allOf, anyOf, type Query, type Read, type Sql, select, sql, table } from '@guichet/database';
import { personsIn } from '../personal/sealing.ts';
import type { Searched, SequenceRange, SoughtRange } from './rules.ts';

/** The words of the entries of a block. */
export interface BlockWords {
  block: bigint;
  words: string;
}

/** Words as bytes: their parts are compared byte by byte, which is faster than by characters. */
export const wordsColumn = {
  column: 'words',
  read: (stored: Uint8Array) => Buffer.from(stored).toString('utf8'),
  write: (text: string) => Buffer.from(text, 'utf8'),
};

const logWords = table<BlockWords>('log_words', { block: 'block', words: wordsColumn });

/** Stores the words of complete blocks. A row that is already there is not the service's own, and is replaced. */
export function insertWords(blocks: readonly BlockWords[]): Query<void> {
  return logWords.upsert(blocks, ['block', 'words'], sql`words = VALUES(words)`);
}

/** The texts of the entries from `first` to `last`. */
export function readTexts({ first, last }: SequenceRange): Query<Searched[]> {
  return select(
    sql`SELECT sequence, action, service, message, data, operation_id AS operationId, actor_id AS actorId, subject_id AS subjectId, personal
      FROM log_entries WHERE sequence BETWEEN ${first} AND ${last}`,
    (rows: (Omit<Searched, 'persons'> & { personal: string })[]) =>
      rows.map(({ personal, ...row }) => ({ ...row, persons: personsIn(personal) })),
  );
}

/** The newest block with words; null if there is none. */
export function readNewestBlock(): Read<bigint | null> {
  return select(
    sql`SELECT MAX(block) AS block FROM log_words`,
    ([row]: { block: bigint | null }[]) => row?.block ?? null,
  );
}

/** Which blocks may have an entry with a term that no page shows for all entries of its action. */
export interface BlockTerm {
  /** The list of the block has one of them; null: any block may. */
  readonly pieces: readonly string[] | null;
  /** Blocks with entries that are known. */
  readonly blocks: readonly bigint[];
  /** Whether entries without it may still be wanted, because they have the term by their action. */
  readonly isOptional: boolean;
}

/** A block that may have wanted entries. */
export interface FoundBlock {
  readonly block: bigint;
  /** Null if they have no piece of any term. */
  readonly words: string | null;
}

interface BlockSlice {
  first: bigint;
  last: bigint;
  order: 'newest first' | 'oldest first';
  limit: number;
}

/** The first blocks in the given order, between `first` and `last`, that may have entries with all terms and at least one not by their action. */
export function findBlocks(
  terms: readonly BlockTerm[],
  { first, last, order, limit }: BlockSlice,
): Read<FoundBlock[]> {
  const inLists = terms.map(({ pieces }) =>
    pieces === null
      ? null
      : anyOf(...pieces.map((piece) => sql`INSTR(words, ${Buffer.from(piece, 'utf8')}) > 0`)),
  );
  const has = terms.map(({ blocks }, index) => {
    const inList = inLists[index];
    if (inList == null) return sql`1 = 1`;
    return blocks.length === 0 ? inList : anyOf(sql`block IN (${blocks})`, inList);
  });
  const isWanted = allOf(anyOf(...has), ...has.filter((_, index) => terms[index]?.isOptional === false));
  const hasPiece = anyOf(...inLists.filter((one) => one !== null));
  const direction = order === 'newest first' ? sql`DESC` : sql`ASC`;
  return select(
    sql`SELECT block, IF(${hasPiece}, words, NULL) AS words FROM log_words
      WHERE block BETWEEN ${first} AND ${last} AND ${isWanted} ORDER BY block ${direction} LIMIT ${limit}`,
    (rows: { block: bigint; words: Uint8Array | null }[]) =>
      rows.map(({ block, words }) => ({ block, words: words === null ? null : wordsColumn.read(words) })),
  );
}

/** The words of these blocks; blocks without a row are left out. */
export function readWords({ first, last }: SequenceRange): Query<Map<bigint, string>> {
  return logWords
    .select(sql`block BETWEEN ${first} AND ${last}`)
    .map((rows) => new Map(rows.map(({ block, words }) => [block, words])));
}

/** Whether an entry is in one of the ranges. */
export function inRanges(sequence: Sql, ranges: readonly SoughtRange[]): Sql {
  return anyOf(
    ...[...Map.groupBy(ranges, ({ actions }) => actions)].map(([actions, some]) =>
      allOf(
        inAny(sequence, some),
        actions === undefined ? undefined : sql`log_entries.action IN (${actions})`,
      ),
    ),
  );
}

function inAny(sequence: Sql, ranges: readonly SequenceRange[]): Sql {
  const single = ranges.filter(({ first, last }) => first === last).map(({ first }) => first);
  const longer = ranges.filter(({ first, last }) => first !== last);
  return anyOf(
    ...(single.length === 0 ? [] : [sql`${sequence} IN (${single})`]),
    ...longer.map(({ first, last }) => sql`${sequence} BETWEEN ${first} AND ${last}`),
  );
}
