import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import subsetFont from 'subset-font';

/** The weights that the pages use; the file has 100 to 900. */
const WEIGHTS = { wght: { min: 400, max: 700 } };
/** Latin-1 and Latin Extended-A, and the punctuation, arrows and signs of English and French. Other letters come from the system's font. */
const CHARACTERS = [range(0x20, 0x7e), range(0xa0, 0x17f), '‘’‚“”„†‡•…‰‹›–—−€™←→↑↓✓×\u202f\u2009\u2011'].join(
  '',
);

/**
 * A font with the characters and weights that the pages need: 28 kB in place of 48. It takes seconds, so the result is kept in `cache`, under a
 * name that identifies its inputs.
 */
export async function pageFont(source: Buffer, cache: string): Promise<Buffer> {
  const made = JSON.stringify([WEIGHTS, CHARACTERS]);
  const name = createHash('sha256').update(source).update(made).digest('hex').slice(0, 16);
  const kept = join(cache, `font-${name}.woff2`);
  try {
    return readFileSync(kept);
  } catch {
    const font = await subsetFont(source, CHARACTERS, { targetFormat: 'woff2', variationAxes: WEIGHTS });
    mkdirSync(cache, { recursive: true });
    // Two builds may run at once; neither may read a half-written file.
    writeFileSync(`${kept}.${process.pid}`, font);
    renameSync(`${kept}.${process.pid}`, kept);
    return font;
  }
}

function range(first: number, last: number): string {
  return String.fromCodePoint(...Array.from({ length: last - first + 1 }, (_, index) => first + index));
}
