import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** The first files of every data folder: a folder with other files and none of these is not a data folder. */
const FIRST_FILES = ['secrets.json', 'ports.json', 'guichet.pid', 'database'];

/** Whether the folder is a data folder or empty, so that a wrong GUICHET_DATA deletes nothing. */
export function looksLikeDataFolder(folder: string): boolean {
  const entries = readdirSync(join(folder));
  return entries.length === 0 || entries.some((entry) => FIRST_FILES.includes(entry));
}
