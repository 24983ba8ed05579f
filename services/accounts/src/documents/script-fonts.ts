import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { create, type Font } from 'fontkit';

const require = createRequire(import.meta.url);

/** The Noto families for scripts that Source Sans lacks. Each is split into slices of a few hundred characters; only the slices in use are opened. */
const FAMILIES = [
  '@fontsource-variable/noto-sans-arabic',
  '@fontsource-variable/noto-sans-hebrew',
  '@fontsource-variable/noto-sans-armenian',
  '@fontsource-variable/noto-sans-georgian',
  '@fontsource-variable/noto-sans-devanagari',
  '@fontsource-variable/noto-sans-thai',
  '@fontsource-variable/noto-sans-sc',
  '@fontsource-variable/noto-sans-kr',
  '@fontsource-variable/noto-emoji',
];

/** An open font for some characters. */
export interface ScriptFont {
  name: string;
  font: Font;
  /** The width of the outline that makes a thin font look regular, as a fraction of the size; 0 for a regular font. */
  outline: number;
}

interface Slice {
  name: string;
  file: string;
}

type Range = readonly [first: number, last: number, slice: Slice];

let ranges: Promise<Range[]> | undefined;
const opened = new Map<string, Promise<ScriptFont | null>>();
/** The maximum number of slices kept between documents; each takes a few hundred kilobytes. */
const MOST_OPENED = 24;

/** The font of a character; null if no family has it. */
export async function fontFor(codePoint: number): Promise<ScriptFont | null> {
  ranges ??= readRanges();
  for (const [first, last, slice] of await ranges) {
    if (codePoint < first || codePoint > last) continue;
    const font = await open(slice);
    if (font?.font.hasGlyphForCodePoint(codePoint) === true) return font;
  }
  return null;
}

async function readRanges(): Promise<Range[]> {
  const families = FAMILIES.map(async (family) => {
    const name = family.slice(family.indexOf('/') + 1);
    const slices: Record<string, string> = JSON.parse(
      await readFile(require.resolve(`${family}/unicode.json`), 'utf8'),
    );
    return Object.entries(slices).flatMap(([key, list]) => {
      const slice = { name: `${name}-${key.replace(/[[\]]/g, '')}`, file: '' };
      slice.file = `${family}/files/${slice.name}-wght-normal.woff2`;
      return list.split(',').map((range): Range => {
        const [first = '', last = first] = range.replace(/^U\+/i, '').split('-');
        return [Number.parseInt(first, 16), Number.parseInt(last, 16), slice];
      });
    });
  });
  return (await Promise.all(families)).flat();
}

function open(slice: Slice): Promise<ScriptFont | null> {
  const known = opened.get(slice.name);
  if (known !== undefined) return known;
  const opening = read(slice).catch(() => null);
  opened.set(slice.name, opening);
  const [oldest] = opened.keys();
  if (opened.size > MOST_OPENED && oldest !== undefined) opened.delete(oldest);
  return opening;
}

async function read({ name, file }: Slice): Promise<ScriptFont> {
  // pdfkit can only embed subsets of uncompressed fonts. The decoder is loaded at first use, because it takes some memory.
  const { decompress } = require('wawoff2') as { decompress(woff2: Uint8Array): Promise<Uint8Array> };
  const plain = await decompress(await readFile(require.resolve(file)));
  const font = create(Buffer.from(plain)) as Font;
  // A PDF gets the default instance of a variable font, which is thin in some families.
  const weight = font.variationAxes.wght?.default ?? 400;
  return { name, font, outline: weight < 300 ? 0.035 : 0 };
}
