import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PROJECT } from '../project.ts';

/** A Galera cluster does not replicate named locks. */
const NAMED = /\b(GET|IS_FREE|IS_USED|RELEASE)_LOCK\s*\(/i;
const LOCKING = /\bFOR\s+(UPDATE|SHARE)\b|\bLOCK\s+IN\s+SHARE\s+MODE\b/i;

/** Here `lock`, `lockShared` and the methods of a table add the words. */
const WRITERS: ReadonlySet<string> = new Set([
  'packages/database/src/query-value.ts',
  'packages/database/src/table.ts',
]);

/**
 * Locking words that are written by hand, one line each. In a plain `select`, they would lock rows in a query that may be sent outside a
 * transaction, where the lock ends before the rows are used.
 */
export async function handwrittenLocks(root = PROJECT): Promise<string[]> {
  const found: string[] = [];
  for (const folder of ['packages', 'services']) {
    const files = await readdir(join(root, folder), { recursive: true }).catch(() => []);
    for (const path of files.map((file) => `${folder}/${file}`).sort()) {
      if (!/\.ts$/.test(path) || /\.test\.ts$|\/migrations\/|node_modules/.test(path) || WRITERS.has(path))
        continue;
      const lines = (await readFile(join(root, path), 'utf8')).split('\n');
      for (const [index, line] of lines.entries()) {
        if (LOCKING.test(line))
          found.push(`${path}:${index + 1} locks by hand: use lock, lockShared or a table`);
        if (NAMED.test(line)) found.push(`${path}:${index + 1} takes a named lock: use underLease`);
      }
    }
  }
  return found;
}
