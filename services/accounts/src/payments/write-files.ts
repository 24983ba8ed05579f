import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { newId, queryOnce } from '@guichet/database';
import type { Deps } from '../deps.ts';
import { fileNameOf, writePain001 } from './pain001.ts';
import { findUnwritten, markWritten } from './store.ts';

/**
 * Puts the file of each batch that isn't sent into a directory, complete from the moment it has its name. A process that dies before the batch is
 * marked writes the same file again, with the same message id. @returns the names of the files
 */
export async function writeFiles(deps: Pick<Deps, 'db' | 'clock'>, directory: string): Promise<string[]> {
  const { db, clock } = deps;
  const names: string[] = [];
  for (const batch of await queryOnce(db, findUnwritten())) {
    const name = fileNameOf(batch);
    const unfinished = join(directory, `.${name}.${newId()}`);
    try {
      const file = createWriteStream(unfinished, { flags: 'wx', mode: 0o640, flush: true });
      await pipeline(Readable.from(writePain001(db, batch)), file);
      await rename(unfinished, join(directory, name));
    } catch (error) {
      await rm(unfinished, { force: true });
      throw error;
    }
    await queryOnce(db, markWritten(batch.id, clock()));
    names.push(name);
  }
  return names;
}
