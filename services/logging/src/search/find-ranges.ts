import { type Database, queryOnce, type Transaction } from '@guichet/database';
import {
  blockOf,
  firstOf,
  markOf,
  piecesOf,
  SEQUENCE_MAX,
  type SequenceRange,
  termsOf,
  toRanges,
} from './rules.ts';
import { type BlockTerm, findBlocks, findNamed, readNewestBlock } from './store.ts';

const FIRST_BLOCKS = 128;
const GROWTH = 8;
/** A term that more usernames contain is in most blocks anyway. */
const NAMED_MAX = 32;
/** More than a log has. */
const ALL_BLOCKS = 1_000_000_000;

/** A search within `after` < sequence < `before`. */
export interface Search {
  readonly text: string;
  readonly after?: bigint | undefined;
  readonly before?: bigint | undefined;
  readonly order: 'newest first' | 'oldest first';
}

/**
 * Ranges of sequences that contain every entry that has the terms of the text; most of the other entries are not in them. They
 * come in the order of the pages, few at first and then more, so that a text of many entries fills its page without a look at the whole log.
 */
export async function* seekRanges(
  db: Database | Transaction,
  { text, after = 0n, before = SEQUENCE_MAX, order }: Search,
  firstBlocks = FIRST_BLOCKS,
): AsyncGenerator<SequenceRange[]> {
  const terms = await Promise.all(termsOf(text).map((term) => toBlockTerm(db, term)));
  // Read first, so that an entry which is added meanwhile comes after it: the newest entries have no row of words yet.
  const newest = (await queryOnce(db, readNewestBlock())) ?? -1n;
  const tail = { first: firstOf(newest + 1n), last: SEQUENCE_MAX };
  if (order === 'newest first' && before > tail.first) yield [tail];
  let first = blockOf(after + 1n);
  let last = minOf(blockOf(before), newest);
  for (let limit = firstBlocks; first <= last; limit *= GROWTH) {
    const blocks = await queryOnce(db, findBlocks(terms, { first, last, order, limit }));
    if (blocks.length > 0) yield toRanges(blocks);
    const end = order === 'newest first' ? blocks[0] : blocks.at(-1);
    if (blocks.length < limit || end === undefined) break;
    if (order === 'newest first') last = end - 1n;
    else first = end + 1n;
  }
  if (order === 'oldest first') yield [tail];
}

/** The same ranges at once, for the sequences from `first` to `last`. */
export async function findRanges(
  db: Database | Transaction,
  text: string,
  { first, last }: SequenceRange,
): Promise<SequenceRange[]> {
  const found: SequenceRange[] = [];
  const search = { text, after: first - 1n, before: last + 1n, order: 'oldest first' as const };
  for await (const ranges of seekRanges(db, search, ALL_BLOCKS)) found.push(...ranges);
  return found;
}

async function toBlockTerm(db: Database | Transaction, term: string): Promise<BlockTerm> {
  const named = await queryOnce(db, findNamed(term, NAMED_MAX + 1));
  if (named.length > NAMED_MAX) return null;
  return { pieces: piecesOf(term), marks: named.map(markOf) };
}

function minOf(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
