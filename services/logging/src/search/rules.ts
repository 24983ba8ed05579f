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
  /** About whom it has a sealed part. */
  readonly persons: readonly string[];
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
  const { operationId, actorId, subjectId, persons } = entry;
  const { words, ids } = publicWords(entry);
  const others = [...ids, actorId, subjectId, ...persons].filter(
    (id) => id !== null && id !== operationId && isId(id),
  ) as string[];
  return [...words, ...new Set(others.map(markOf))];
}

/** A place is that of an entry in its block, from 0. */
function placeOf(sequence: bigint): number {
  return Number(sequence % BLOCK_ENTRIES);
}

/** Two capital letters: folded words have none, so no term is found in a line of places. */
function writePlace(sequence: bigint): string {
  const place = placeOf(sequence);
  return String.fromCharCode(A + (place >> 3), A + (place & 7));
}

const A = 'A'.charCodeAt(0);
const isLetter = (code: number) => code >= A && code <= A + 25;

/** Which places of a block have something: a number per place, 0 for no. */
export type Places = Uint8Array;
export const PLACES = Number(BLOCK_ENTRIES);
const noPlaces = (): Places => new Uint8Array(PLACES);
const EVERY_PLACE: Places = noPlaces().fill(1);

/** The words of a block as its row has them: a line of places, and the words that the entries at these places have and no others; then the next ones. */
export function listWords(entries: readonly Searched[]): string {
  const places = new Map<string, string>();
  for (const entry of entries) {
    const place = writePlace(entry.sequence);
    for (const word of new Set(wordsIn(entry))) places.set(word, (places.get(word) ?? '') + place);
  }
  const groups = Map.groupBy(places, ([, at]) => at);
  return joinWords([...groups].flatMap(([at, words]) => [at, ...words.map(([word]) => word)]));
}

/** The places of each word in the list of a block; `has` is whether the entry with a sequence has a word. */
export function readList(list: string): { has: (sequence: bigint, word: string) => boolean } {
  const lines = new Map<string, Set<string>>();
  let words = new Set<string>();
  for (const line of list.split(END)) {
    if (isLetter(line.charCodeAt(0))) {
      words = lines.get(line) ?? new Set();
      lines.set(line, words);
    } else words.add(line);
  }
  const byPlace = new Map<number, Set<string>[]>();
  for (const [line, some] of lines) {
    for (let at = 0; at + 1 < line.length; at += 2) {
      const place = readPlace(line, at);
      byPlace.set(place, [...(byPlace.get(place) ?? []), some]);
    }
  }
  return {
    has: (sequence, word) => byPlace.get(placeOf(sequence))?.some((some) => some.has(word)) === true,
  };
}

function readPlace(list: string, at: number): number {
  return ((list.charCodeAt(at) - A) << 3) | (list.charCodeAt(at + 1) - A);
}

/**
 * The places of entries that may have a term: their words have one of these pieces, by the list of the block, or their sequences are known. Without `pieces`, all
 * may, and without a list, only the known ones.
 */
export function placesWith(
  list: string | null,
  { pieces, known }: { pieces: readonly string[] | null; known: readonly bigint[] },
): Places {
  if (pieces === null) return EVERY_PLACE;
  const places = noPlaces();
  for (const sequence of known) places[placeOf(sequence)] = 1;
  if (list === null) return places;
  for (const piece of pieces) {
    for (let at = list.indexOf(piece); at >= 0; at = list.indexOf(piece, at + 1)) {
      let end = at;
      while (end >= 0 && !isLetter(list.charCodeAt(end))) end -= 1;
      // The service's own lists begin with places; of another, each entry is compared.
      if (end < 0) return EVERY_PLACE;
      for (; end > 0 && isLetter(list.charCodeAt(end)); end -= 2) places[readPlace(list, end - 1)] = 1;
    }
  }
  return places;
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
