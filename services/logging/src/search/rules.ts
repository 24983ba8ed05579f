import { isId, type PublicTexts, publicWords } from './entry-words.ts';
import { foldedWords } from './fold.ts';

/** The words of this many consecutive sequences share a row of log_words. */
const BLOCK_ENTRIES = 64n;

/** The largest number of the column. */
export const SEQUENCE_MAX = 2n ** 64n - 1n;

/** Between words, and at both ends of their list: folded words have no such character. */
const END = '\n';
/** No folded word has it either. */
export const MARK = '\t';

/** The parts of an entry that the words of its block come from. */
export interface Searched extends PublicTexts {
  readonly sequence: bigint;
  readonly operationId: string | null;
  readonly actorId: string | null;
  readonly subjectId: string | null;
  /** SealedParts as JSON text. */
  readonly personal: string;
}

/** Sequences from `first` to `last`, both included. */
export interface SequenceRange {
  readonly first: bigint;
  readonly last: bigint;
}

/** Sequences in which a search looks for entries, of all actions or of these. */
export interface SoughtRange extends SequenceRange {
  readonly actions?: readonly string[] | undefined;
}

export function blockOf(sequence: bigint): bigint {
  return sequence / BLOCK_ENTRIES;
}

export function firstOf(block: bigint): bigint {
  return block * BLOCK_ENTRIES;
}

/** The blocks that are complete once the log ends with `head`: no entry will be added to them. */
export function completeBefore(head: bigint): bigint {
  return blockOf(head + 1n);
}

/** The terms of a search, folded: an entry is found if each of them is in one of its texts. */
export function termsOf(text: string): string[] {
  return [...new Set(foldedWords(text))];
}

/** The subjects who are persons. */
export const PERSON_SUBJECTS: readonly string[] = ['user', 'customer_record'];

/** Stands for an id in the list of a block: a mark that no word has, and bits that are random in an id. What an id's person is called must not outlive the person. */
export function markOf(id: string): string {
  return MARK + id.slice(-8);
}

/** The words of a log entry that the list of its block has, and the marks of its ids; its own id, its operation and its request have indexes. */
export function wordsIn(entry: Omit<Searched, 'sequence'>): string[] {
  const { operationId, actorId, subjectId, personal } = entry;
  const { words, ids } = publicWords(entry);
  const persons = (JSON.parse(personal) as [string, string][]).map(([id]) => id);
  const others = [...ids, actorId, subjectId, ...persons].filter(
    (id) => id !== null && id !== operationId && isId(id),
  ) as string[];
  return [...words, ...new Set(others.map(markOf))];
}

/** The words of a block as its row has them. */
export function listWords(entries: readonly Omit<Searched, 'sequence'>[]): string {
  const words = new Set<string>();
  for (const entry of entries) for (const word of wordsIn(entry)) words.add(word);
  return joinWords(words);
}

/** Words as a row has them. */
export function joinWords(words: Iterable<string>): string {
  return END + [...words].join(END) + END;
}

/** The words of a row. */
export function splitWords(list: string): Set<string> {
  return new Set(list.split(END));
}

/** Of these texts, the list of a block has at least one if one of its entries has the term in its message or in its data about no person. */
export function piecesOf(term: string): string[] {
  if (isId(term)) return [markOf(term)];
  // Amounts are listed without a sign and without groups of digits, with a point.
  if (!/^[\d.,-]*$/.test(term) && !/\p{Sc}/u.test(term)) return [term];
  const digits = term.replaceAll(/[\p{L}\p{Sc}]/gu, '');
  return [...new Set([term, digits.replaceAll(',', ''), digits.replaceAll(',', '.')])];
}

/** Adjacent ranges of the same actions, in rising order, as one. */
export function joinRanges(ranges: readonly SoughtRange[]): SoughtRange[] {
  const joined: { first: bigint; last: bigint; actions?: readonly string[] }[] = [];
  for (const { first, last, actions } of ranges) {
    const open = joined.at(-1);
    if (open !== undefined && first <= open.last + 1n && open.actions === actions)
      open.last = last > open.last ? last : open.last;
    else joined.push(actions === undefined ? { first, last } : { first, last, actions });
  }
  return joined;
}

/** The sequences that are in each of these, in rising order; `null` is all of them. */
export function intersect(sets: readonly (readonly bigint[] | null)[], whole: SequenceRange): SoughtRange[] {
  const given = sets.filter((one) => one !== null);
  const [first, ...rest] = given;
  if (first === undefined) return [whole];
  const others = rest.map((one) => new Set(one));
  return joinRanges(
    first
      .filter((sequence) => others.every((one) => one.has(sequence)))
      .map((sequence) => ({ first: sequence, last: sequence })),
  );
}
