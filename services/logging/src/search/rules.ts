import { SLOT } from '@guichet/contract/events';
import { fold, OTHER, UNKNOWN } from './fold.ts';

/** The words of this many consecutive sequences share a row of log_words. */
const BLOCK_ENTRIES = 64n;
/** The server plans each range on its own, so many small ones become few larger ones. */
const RANGES_MAX = 256;

/** The largest number of the column. */
export const SEQUENCE_MAX = 2n ** 64n - 1n;

/** Between words, and at both ends of their list. */
const END = '\n';
const MARK = '\t';
const UNSEARCHABLE = new RegExp(`[${OTHER}${UNKNOWN}]+`);

/** What the text search looks at. */
export interface Searched {
  readonly sequence: bigint;
  /** With slots in place of names. */
  readonly message: string;
  readonly actorId: string | null;
  readonly subjectType: string | null;
  readonly subjectId: string | null;
}

/** Sequences from `first` to `last`, both included. */
export interface SequenceRange {
  readonly first: bigint;
  readonly last: bigint;
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

/** The terms of a search: an entry is found if it has all of them, each in its message or in the username of its actor or subject. */
export function termsOf(text: string): string[] {
  return text.split(/\s+/).filter((term) => term !== '');
}

/** The subjects that are found by their usernames. */
export const PERSON_SUBJECTS = ['user', 'customer_record'] as const;

/** Stands for a person in the list of a block, because a username must not outlive its user: a mark that no word has, and bits that are random in an id. */
export function markOf(personId: string): string {
  return MARK + personId.slice(-8);
}

/** The words of the message of a log entry, as the search compares them, and the marks of its actor and of a subject who is a person. */
export function wordsIn({ message, actorId, subjectType, subjectId }: Omit<Searched, 'sequence'>): string[] {
  const isPerson = subjectId !== null && PERSON_SUBJECTS.some((type) => type === subjectType);
  return [
    ...fold(message.replaceAll(SLOT, ' ')).split(' '),
    ...(actorId === null ? [] : [markOf(actorId)]),
    ...(isPerson ? [markOf(subjectId)] : []),
  ];
}

/** The words of a block as its row has them; null if any text may be in it, because a word has a character that the search does not know. */
export function listWords(entries: readonly Omit<Searched, 'sequence'>[]): string | null {
  const words = new Set<string>();
  for (const entry of entries) for (const word of wordsIn(entry)) words.add(word);
  const list = END + [...words].join(END) + END;
  return list.includes(UNKNOWN) ? null : list;
}

/** The words of a list. */
export function splitWords(list: string): Set<string> {
  return new Set(list.split(END));
}

/**
 * The pieces that the list of a block has if one of its entries contains `text`: a word of the text, with its end or beginning where the text has a
 * space. A block that has all of them may still have no such entry.
 */
export function piecesOf(text: string): string[] {
  const words = fold(text.normalize('NFC')).split(' ');
  return words.flatMap((word, index) => {
    const parts = word.split(UNSEARCHABLE);
    return parts.flatMap((part, place) => {
      if (part === '') return [];
      const begins = index > 0 && place === 0 ? END : '';
      const ends = index < words.length - 1 && place === parts.length - 1 ? END : '';
      return [begins + part + ends];
    });
  });
}

/** Blocks, in rising order, as ranges of sequences: adjacent blocks are one range, and so are near ones if there are too many ranges. */
export function toRanges(blocks: readonly bigint[], rangesMax = RANGES_MAX): SequenceRange[] {
  const gaps = blocks.map((block, index) => (index === 0 ? 0 : Number(block - (blocks[index - 1] ?? 0n))));
  // As many gaps as fit stay gaps: the widest.
  const joined = Float64Array.from(gaps).sort().at(-rangesMax) ?? 1;
  const ranges: { first: bigint; last: bigint }[] = [];
  for (const [index, block] of blocks.entries()) {
    const open = ranges.at(-1);
    const last = firstOf(block + 1n) - 1n;
    if (open !== undefined && (gaps[index] ?? 0) <= Math.max(joined, 1)) open.last = last;
    else ranges.push({ first: firstOf(block), last });
  }
  return ranges;
}
