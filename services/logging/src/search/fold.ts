/** Letters that the search treats as an ASCII letter although Unicode does not decompose them. */
const LETTERS: Readonly<Record<string, string>> = { đ: 'd', ð: 'd', ø: 'o', ł: 'l', ħ: 'h' };

/** Frequent characters that the search never treats as an ASCII character. */
const TYPOGRAPHY = new Set('’‘“”«»–—…•·€£§°ßæœ');

/** Stands for a character that is none of the ASCII characters that can be searched for. */
export const OTHER = '\x7f';
/** Stands for a character that may be one of them. */
export const UNKNOWN = '\x01';

const ASCII = /^[\x20-\x7e]*$/;

/**
 * The text in the ASCII characters that the search compares: case and accents make no difference. Two characters that are equal in the collation of
 * `findsText` never become two different ASCII characters, but they may become OTHER in one text and UNKNOWN in another.
 */
export function fold(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase();
  let folded = '';
  for (const character of text) folded += foldCharacter(character);
  return folded;
}

function foldCharacter(character: string): string {
  if (character <= '\x7f') return ASCII.test(character) ? character.toLowerCase() : OTHER;
  const [base = '', ...rest] = character.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  const letter = LETTERS[base] ?? base;
  if (rest.length === 0 && ASCII.test(letter) && letter !== '') {
    // An accent on its own decomposes into a space, but is none.
    return letter !== ' ' || /\p{Zs}/u.test(character) ? letter : UNKNOWN;
  }
  return TYPOGRAPHY.has(character.toLowerCase()) ? OTHER : UNKNOWN;
}
