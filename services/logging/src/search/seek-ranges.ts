import { queryOnce, type Readable, type Transaction } from '@guichet/database';
import type { SearchPlan, TermPlan } from './plan-search.ts';
import { blockOf, firstOf, joinRanges, PLACES, placesWith, SEQUENCE_MAX, type SoughtRange } from './rules.ts';
import { type FoundBlock, findBlocks, readNewestBlock } from './store.ts';

const FIRST_BLOCKS = 64;
const BLOCKS_MAX = 4_096;

/** Sequences above `after` and below `before`. */
export interface Bounds {
  readonly after?: bigint | undefined;
  readonly before?: bigint | undefined;
  readonly order: 'newest first' | 'oldest first';
}

/** How much to read next, by how much was read. */
export type Likely = (read: number) => number;

/**
 * Ranges of sequences that contain every entry which has all terms of a search, and not all of them by its action. They come in the given order, few at first and then those of as many
 * blocks as `likely` says, so that a text of many entries fills its page without a look at the whole log.
 */
export async function* seekRanges(
  db: Readable | Transaction,
  { terms }: SearchPlan,
  { after = 0n, before = SEQUENCE_MAX, order }: Bounds,
  likely: Likely = () => BLOCKS_MAX,
): AsyncGenerator<SoughtRange[]> {
  const isNewestFirst = order === 'newest first';
  const inOrder = (ranges: SoughtRange[]) => (isNewestFirst ? ranges.toReversed() : ranges);
  const places = { actionsOf: actionsOfAll(terms), knownOf: knownByBlock(terms) };
  // Read first, so that an entry which is added meanwhile comes after it: the newest entries have no row of words yet.
  const newest = (await queryOnce(db, readNewestBlock())) ?? -1n;
  const tail = { first: firstOf(newest + 1n), last: SEQUENCE_MAX };
  if (isNewestFirst && before > tail.first) yield [tail];
  let first = blockOf(after + 1n);
  let last = minOf(blockOf(before), newest);
  let read = 0;
  for (let limit = FIRST_BLOCKS; first <= last; limit = clamp(likely(read), FIRST_BLOCKS, BLOCKS_MAX)) {
    const blocks = await queryOnce(db, findBlocks(terms, { first, last, order, limit }));
    read += blocks.length;
    const rising = isNewestFirst ? blocks.toReversed() : blocks;
    const ranges = joinRanges(rising.flatMap((block) => rangesIn(block, terms, places)));
    if (ranges.length > 0) yield inOrder(ranges);
    const end = blocks.at(-1);
    if (blocks.length < limit || end === undefined) break;
    if (isNewestFirst) last = end.block - 1n;
    else first = end.block + 1n;
  }
  if (!isNewestFirst) yield [tail];
}

/** The entries of a block that may have all terms, and at least one not only by their action. */
function rangesIn(
  { block, words }: FoundBlock,
  terms: readonly TermPlan[],
  { actionsOf, knownOf }: { actionsOf: ActionsOf; knownOf: KnownOf },
): SoughtRange[] {
  const places = terms.map((term, index) =>
    placesWith(words, { pieces: term.pieces, known: knownOf(index, block) }),
  );
  const ranges: SoughtRange[] = [];
  for (let place = 0; place < PLACES; place += 1) {
    const missing: number[] = [];
    let isPossible = true;
    for (const [index, { isOptional }] of terms.entries()) {
      if (places[index]?.[place] === 1) continue;
      isPossible &&= isOptional;
      missing.push(index);
    }
    if (!isPossible || missing.length === terms.length) continue;
    const actions = actionsOf(missing);
    if (actions?.length === 0) continue;
    const sequence = firstOf(block) + BigInt(place);
    ranges.push({ first: sequence, last: sequence, actions });
  }
  return joinRanges(ranges);
}

type KnownOf = (term: number, block: bigint) => readonly bigint[];

/** The known sequences of each term, by block. */
function knownByBlock(terms: readonly TermPlan[]): KnownOf {
  const known = terms.map(({ sequences }) => Map.groupBy(sequences, blockOf));
  return (term, block) => known[term]?.get(block) ?? [];
}

type ActionsOf = (missing: readonly number[]) => readonly string[] | undefined;

/**
 * The actions of the entries that have some of the terms only by their action, given by index; undefined for none of the terms. The same terms have the same list, so
 * that adjacent ranges can be joined.
 */
function actionsOfAll(terms: readonly TermPlan[]): ActionsOf {
  const lists = new Map<string, readonly string[]>();
  return (missing) => {
    if (missing.length === 0) return undefined;
    const key = missing.join();
    const known = lists.get(key);
    if (known !== undefined) return known;
    const [first = [], ...rest] = missing.map((index) => terms[index]?.actions ?? []);
    const actions = first.filter((action) => rest.every((one) => one.includes(action)));
    lists.set(key, actions);
    return actions;
  };
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}

function minOf(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
