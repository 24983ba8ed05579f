/** Letters that Unicode does not decompose into a letter and an accent, and characters that a user types as others. */
const TYPED: Readonly<Record<string, string>> = {
  đ: 'd',
  ð: 'd',
  ø: 'o',
  ł: 'l',
  ħ: 'h',
  ı: 'i',
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  '’': "'",
  '‘': "'",
};
const TYPED_AS_OTHERS = new RegExp(`[${Object.keys(TYPED).join('')}]`, 'g');
/** Catalogues have the hyphen that doesn't break (U+2011), which no keyboard has. The minus sign is no dash to Unicode. */
const DASHES = /[\p{Pd}\u2212]/gu;
/** With line breaks, because most texts are folded joined. */
const ASCII = /^[\n\x20-\x7e]*$/;

/**
 * The text as searches compare it: case, accents and the kind of apostrophe, dash or space make no difference. Folding twice changes nothing, and a part of a
 * text stays a part when both are folded, unless it ends within a character and its accents.
 */
export function fold(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase();
  return text
    .normalize('NFKD')
    .toLowerCase()
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(DASHES, '-')
    .replace(TYPED_AS_OTHERS, (character) => TYPED[character] ?? character);
}

/** The words of a text, folded. */
export function foldedWords(text: string): string[] {
  return fold(text).match(/\S+/gu) ?? [];
}
