import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** What a bank puts into its folder first; a folder that holds other things and none of these is somebody else's. */
const MARKS = ['secrets.json', 'ports.json', 'guichet.pid', 'database'];

/** Whether the folder is a bank's (or empty), so that GUICHET_DATA pointing astray costs nobody their files. */
export function looksLikeDataFolder(folder: string): boolean {
  const entries = readdirSync(join(folder));
  return entries.length === 0 || entries.some((entry) => MARKS.includes(entry));
}
