import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '@guichet/cli';

const MEGABYTE = 1_000_000;
/** What an empty database, NATS and the demo take. */
const FIRST_START = 350 * MEGABYTE;
/** Below this the database cannot even write its logs. */
const LATER_START = 50 * MEGABYTE;

/**
 * Sees to it that there is room for what a start writes: a database that finds the disk full half way says so in many words.
 * @throws UserError
 */
export async function assertRoom(folder: string): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const needed = existsSync(join(folder, 'database', 'data')) ? LATER_START : FIRST_START;
  const free = bavail * bsize;
  if (free >= needed) return;
  const [has, wants] = [free, needed].map((bytes) => `${Math.floor(bytes / MEGABYTE)} MB`);
  throw new UserError(
    `The disk is full: ${folder} has ${has} left and this start needs about ${wants}; free some space, or move it with GUICHET_DATA.`,
  );
}
