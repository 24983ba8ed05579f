import { isUtf8 } from 'node:buffer';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';

// Runs in an image build with nothing but Node: node drop-compiled.ts /app/.cache/node

/** What Node writes before each entry. */
const HEADER_BYTES = 20;

/**
 * Node's compile cache has TypeScript without its types, and code that V8 has compiled. The second kind has random bytes in it, so that two images of the same commit would
 * differ. It saves less of the start than the first, so it is left out.
 */
export async function dropCompiled(folder: string): Promise<{ kept: number; dropped: number }> {
  const counts = { kept: 0, dropped: 0 };
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    const content = (await readFile(file)).subarray(HEADER_BYTES);
    const isText = isUtf8(content) && !content.includes(0);
    counts[isText ? 'kept' : 'dropped'] += 1;
    if (!isText) await rm(file);
  }
  return counts;
}

if (import.meta.main) {
  const [folder] = process.argv.slice(2);
  if (folder === undefined) throw new Error('Usage: drop-compiled.ts FOLDER');
  const { kept, dropped } = await dropCompiled(folder);
  // A release of Node with another format.
  if (kept === 0 || dropped === 0)
    throw new Error(`${kept} entries are text, and ${dropped} are compiled code`);
}
