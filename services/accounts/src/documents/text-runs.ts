import anyAscii from 'any-ascii';
import createBidi from 'bidi-js';
import { FONTS } from './fonts.ts';
import { fontFor, type ScriptFont } from './script-fonts.ts';

/** A piece of a line in one font and one direction; in Source Sans if `font` is null. */
export interface Run {
  text: string;
  font: ScriptFont | null;
}

interface Bidi {
  getEmbeddingLevels(text: string): { levels: Uint8Array };
  getMirroredCharacter(character: string): string | null;
}

interface Piece extends Run {
  level: number;
}

// Its types describe the browser's build.
const bidi = (createBidi as unknown as () => Bidi)();

/** The characters of most texts; Source Sans has all of them. */
const LATIN = /^[\u0020-\u007e\u00a0-\u017f\u2013\u2019\u20ac]*$/;

/** Whether Source Sans has every character. */
export function isPlain(text: string): boolean {
  if (LATIN.test(text)) return true;
  for (const character of text.normalize('NFC')) {
    if (!FONTS.regular.hasGlyphForCodePoint(character.codePointAt(0) ?? 0)) return false;
  }
  return true;
}

/** The fonts of one document, opened as its texts are announced. */
export class Scripts {
  readonly #fonts = new Map<string, ScriptFont | null>();

  /** Opens the fonts that a text needs. */
  async open(text: string): Promise<void> {
    for (const character of text.normalize('NFC')) {
      const codePoint = character.codePointAt(0) ?? 0;
      if (this.#fonts.has(character) || FONTS.regular.hasGlyphForCodePoint(codePoint)) continue;
      this.#fonts.set(character, await fontFor(codePoint));
    }
  }

  /**
   * A line as it is set from left to right: split by font, and put in visual order by the Unicode Bidirectional Algorithm (UAX #9). Characters
   * that no font has are transliterated, so that no empty box appears.
   */
  runsOf(line: string): Run[] {
    const text = line.normalize('NFC');
    const { levels } = bidi.getEmbeddingLevels(text);
    const pieces: Piece[] = [];
    let at = 0;
    for (const character of text) {
      const level = levels[at] ?? 0;
      at += character.length;
      const piece = this.#pieceOf(character, level, pieces.at(-1));
      const last = pieces.at(-1);
      if (last !== undefined && last.font === piece.font && last.level === level) last.text += piece.text;
      else pieces.push(piece);
    }
    return inVisualOrder(pieces.filter(({ text }) => text !== '').map(turned));
  }

  #pieceOf(character: string, level: number, before: Piece | undefined): Piece {
    const codePoint = character.codePointAt(0) ?? 0;
    // Marks and joiners belong to the letter before them.
    if (/[\p{M}\u200c\u200d]/u.test(character) && before?.font?.font.hasGlyphForCodePoint(codePoint)) {
      return { text: character, font: before.font, level: before.level };
    }
    if (FONTS.regular.hasGlyphForCodePoint(codePoint)) return { text: character, font: null, level };
    const font = this.#fonts.get(character) ?? null;
    if (font !== null) return { text: character, font, level };
    return { text: /[\p{M}\p{C}]/u.test(character) ? '' : anyAscii(character) || '?', font: null, level };
  }
}

/** Source Sans sets spaces, brackets and marks within right-to-left text. The other fonts reverse their own text. */
function turned(piece: Piece): Piece {
  if (piece.level % 2 === 0 || piece.font !== null) return piece;
  const mirrored = [...piece.text].map((character) => bidi.getMirroredCharacter(character) ?? character);
  return { ...piece, text: mirrored.reverse().join('') };
}

/** Rule L2: from the highest level down to the lowest odd one, every sequence at that level or above is reversed. */
function inVisualOrder(pieces: Piece[]): Run[] {
  const ordered = [...pieces];
  const highest = Math.max(0, ...pieces.map(({ level }) => level));
  for (let level = highest; level > 0; level -= 1) {
    for (let start = 0; start < ordered.length; start += 1) {
      let end = start;
      while (end < ordered.length && (ordered[end]?.level ?? 0) >= level) end += 1;
      if (end > start + 1) ordered.splice(start, end - start, ...ordered.slice(start, end).reverse());
      start = Math.max(start, end);
    }
  }
  return ordered.map(({ text, font }) => ({ text, font }));
}
