import type { Word } from './name-words.ts';

/** The words of a holder's name, each part in its written order. */
export interface NameParts {
  given: readonly Word[];
  family: readonly Word[];
}

/** The words without a counterpart on the other side, in written order. */
export interface Unmatched extends NameParts {
  typed: readonly Word[];
}

const FORMS = ['plain', 'wide'] as const;

/** More words than any name has left once equal words are removed; with more, no compounds are searched for. */
const MOST_PARTS = 8;

/**
 * Pairs what was typed with a holder's name: the same words in any order, then words that one side writes together and the other separately
 * ("Benali", "Ben Ali"). A compound lies within the given or within the family name, never across both.
 */
export function pairWords(typed: readonly Word[], holder: NameParts): Unmatched {
  // Sorted, so that the order in which words were typed changes nothing.
  const left = [...typed].sort((a, b) => (a.plain < b.plain ? -1 : a.plain > b.plain ? 1 : 0));
  const rest = { family: [...holder.family], given: [...holder.given] };
  for (const part of [rest.family, rest.given]) {
    for (const word of [...part]) {
      const found = left.find((other) => isSame(word, other));
      if (found !== undefined) remove([found], left, [word], part);
    }
  }
  for (const part of [rest.family, rest.given]) {
    for (const word of longestFirst(part)) {
      const pieces = piecesOf(word, left);
      if (pieces !== null) remove(pieces, left, [word], part);
    }
    for (const word of longestFirst(left)) {
      const pieces = piecesOf(word, part);
      if (pieces !== null) remove([word], left, pieces, part);
    }
  }
  return { typed: left, ...rest };
}

function isSame(a: Word, b: Word): boolean {
  return FORMS.some((one) => FORMS.some((other) => a[one] === b[other]));
}

function remove(words: readonly Word[], from: Word[], others: readonly Word[], fromOthers: Word[]): void {
  for (const word of words) from.splice(from.indexOf(word), 1);
  for (const word of others) fromOthers.splice(fromOthers.indexOf(word), 1);
}

function longestFirst(words: readonly Word[]): Word[] {
  return [...words].sort((a, b) => b.plain.length - a.plain.length);
}

/** Two or more of `words` that make up `whole` when written together in any order; null if there are none. */
function piecesOf(whole: Word, words: readonly Word[]): Word[] | null {
  if (words.length < 2 || words.length > MOST_PARTS) return null;
  for (const form of FORMS) {
    for (const other of FORMS) {
      const found = assemble(
        whole[form],
        words.map((word) => word[other]),
      );
      if (found !== null) return found.map((index) => words[index] as Word);
    }
  }
  return null;
}

function assemble(whole: string, pieces: readonly string[]): number[] | null {
  // Keyed by the set of pieces used, which determines the position reached: at most 2^MOST_PARTS steps.
  const deadEnds = new Set<number>();
  const search = (at: number, used: number, hasLetter: boolean): number[] | null => {
    if (at === whole.length) return [];
    if (deadEnds.has(used)) return null;
    for (const [index, piece] of pieces.entries()) {
      if ((used & (1 << index)) !== 0 || !whole.startsWith(piece, at)) continue;
      // At most one single letter, as in "d’Arc"; more would make anagrams of single letters equal.
      const isLetter = piece.length === 1;
      if (isLetter && hasLetter) continue;
      const rest = search(at + piece.length, used | (1 << index), hasLetter || isLetter);
      if (rest !== null) return [index, ...rest];
    }
    deadEnds.add(used);
    return null;
  };
  return search(0, 0, false);
}
