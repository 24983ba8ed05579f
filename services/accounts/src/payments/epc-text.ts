import anyAscii from 'any-ascii';

/** Signs outside the character set that have a usual stand-in; all others become a full stop. */
const STAND_INS: Readonly<Record<string, string>> = {
  '&': '+',
  _: '-',
  '~': '-',
  '`': "'",
  '"': "'",
  ';': ',',
  '[': '(',
  '{': '(',
  '<': '(',
  ']': ')',
  '}': ')',
  '>': ')',
  '!': '.',
};

/**
 * A text in the characters that every bank of SEPA takes (EPC230-15, Latin character set): letters are transliterated, pictures and control characters
 * left out. Like an identification of the EPC's guidelines, it neither begins nor ends with a slash, and has no two in a row.
 * @returns at most `length` characters; null if nothing is left
 */
export function epcText(text: string, length: number): string | null {
  const plain = text
    .normalize('NFC')
    .replace(
      /[\p{Extended_Pictographic}\p{Emoji_Modifier}\p{Regional_Indicator}\p{Variation_Selector}\p{C}]/gu,
      ' ',
    );
  const latin = anyAscii(plain)
    .replace(/[^A-Za-z0-9/?:().,'+ -]/g, (sign) => STAND_INS[sign] ?? '.')
    .replace(/\/{2,}/g, '/')
    .replace(/ +/g, ' ');
  return trimmed(trimmed(latin).slice(0, length)) || null;
}

function trimmed(text: string): string {
  return text.replace(/^[ /]+|[ /]+$/g, '');
}
