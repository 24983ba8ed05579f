import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { create, type Font, type GlyphRun } from 'fontkit';

const require = createRequire(import.meta.url);

/** Source Sans: Latin, Greek and Cyrillic with all their accents, and tabular figures. */
export const FONTS = {
  regular: openFont('400Regular/SourceSans3_400Regular'),
  bold: openFont('600SemiBold/SourceSans3_600SemiBold'),
};
export type Weight = keyof typeof FONTS;

function openFont(name: string): Font {
  const font = create(readFileSync(require.resolve(`@expo-google-fonts/source-sans-3/${name}.ttf`))) as Font;
  // Set glyph by glyph: shaping would take nine tenths of the time of a long statement, and adds little more than kerning in these scripts.
  font.layout = (text) => {
    const glyphs = font.glyphsForString(text.normalize('NFC'));
    const positions = glyphs.map(({ advanceWidth }) => ({
      xAdvance: advanceWidth,
      yAdvance: 0,
      xOffset: 0,
      yOffset: 0,
    }));
    return {
      glyphs,
      positions,
      advanceWidth: sum(glyphs.map((one) => one.advanceWidth)),
    } as unknown as GlyphRun;
  };
  return font;
}

function sum(widths: readonly number[]): number {
  return widths.reduce((total, width) => total + width, 0);
}
