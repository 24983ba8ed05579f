import { existsSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '@guichet/cli';

const MEGABYTE = 1_000_000;
/** For an empty database, NATS and the demo. */
const FIRST_START = 350 * MEGABYTE;
/** With less, the database cannot even write its logs. */
const LATER_START = 50 * MEGABYTE;

/**
 * Checks the disk space in advance, because a database that runs out of space during a start reports it in pages of output.
 * @throws UserError
 */
export async function assertDiskSpace(folder: string): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const needed = existsSync(join(folder, 'database', 'data')) ? LATER_START : FIRST_START;
  const free = bavail * bsize;
  if (free >= needed) return;
  const [has, wants] = [free, needed].map((bytes) => `${Math.floor(bytes / MEGABYTE)} MB`);
  throw new UserError(
    `Not enough disk space: ${folder} has ${has} left, and this start needs about ${wants}. Free some space, or set GUICHET_DATA to a folder on another disk.`,
  );
}
