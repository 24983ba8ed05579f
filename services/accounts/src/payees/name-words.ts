/** A word of a name in plain lower case. `wide` spells umlauts and rings in two letters ("mueller"), `plain` in one ("muller"). */
export interface Word {
  plain: string;
  wide: string;
  /** Whether it was written without capitals, like the particles "de" and "van". */
  isSmall: boolean;
}

const LETTERS: Readonly<Record<string, string>> = {
  œ: 'oe',
  æ: 'ae',
  ß: 'ss',
  ø: 'o',
  đ: 'd',
  ð: 'd',
  ɖ: 'd',
  ɗ: 'd',
  ł: 'l',
  ħ: 'h',
  ı: 'i',
  ȷ: 'j',
  þ: 'th',
  ŋ: 'n',
  ŧ: 't',
  ɓ: 'b',
  ƙ: 'k',
  ƴ: 'y',
  ə: 'e',
  ɛ: 'e',
  ɔ: 'o',
  ς: 'σ',
};
const SPECIAL = new RegExp(`[${Object.keys(LETTERS).join('')}]`, 'g');

const WIDE: Readonly<Record<string, string>> = { ä: 'ae', ö: 'oe', ü: 'ue', ø: 'oe', å: 'aa' };

const ABBREVIATIONS: Readonly<Record<string, string>> = { st: 'saint', ste: 'sainte' };

// Accents, the vowel points of Arabic and Hebrew, and the Arabic elongation stroke. Vowel signs of Indic scripts and Thai are letters and stay.
const ACCENTS =
  /[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff]|[\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7]|[\u0610-\u061a]|[\u064b-\u065f\u0670]|\u0640/g;

// Letters by Unicode category, apostrophes by use.
const MODIFIERS = /[\u02b0-\u02ff\ua78b\ua78c]/g;

/**
 * The words of a name: split at spaces, hyphens, apostrophes and any other sign; without case, accents and ligatures. Compatibility
 * forms (full-width, styled letters) are read as plain ones; invisible characters are dropped.
 */
export function wordsOf(name: string): Word[] {
  return name
    .replace(/\p{Cf}/gu, '')
    .normalize('NFC')
    .replace(MODIFIERS, ' ')
    .split(/[^\p{L}\p{N}\p{M}]+/u)
    .map(toWord)
    .filter(({ plain }) => plain !== '');
}

function toWord(written: string): Word {
  const small = written.toLowerCase();
  const plain = fold(small);
  return {
    plain: ABBREVIATIONS[plain] ?? plain,
    wide: ABBREVIATIONS[plain] ?? fold(small.replace(/[äöüøå]/g, (letter) => WIDE[letter] ?? letter)),
    isSmall: small === written,
  };
}

function fold(small: string): string {
  return small
    .normalize('NFKD')
    .replace(ACCENTS, '')
    .toLowerCase()
    .replace(SPECIAL, (letter) => LETTERS[letter] ?? letter)
    .replace(/[^\p{L}\p{N}\p{M}]/gu, '')
    .normalize('NFC');
}

/** Whether a word is in a script without spaces between words, in which names run together. */
export function isUnspaced(text: string): boolean {
  return /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u30fc]+$/u.test(text);
}
