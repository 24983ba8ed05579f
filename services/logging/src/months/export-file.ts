import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream, createWriteStream } from 'node:fs';
import { access, mkdir, open, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { UserError } from '@guichet/cli';
import type { Month } from './rules.ts';

export function exportName(month: Month): string {
  return `guichet-log-${month}.ndjson.gz`;
}

/**
 * Writes an export of a month to a folder, compressed, with its SHA-256 in a file beside it. It appears under its name once it is complete and on disk.
 * @throws UserError if the folder has an export of the month
 */
export async function writeExport(
  folder: string,
  month: Month,
  lines: AsyncIterable<string>,
): Promise<string> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, exportName(month));
  if (await exists(file)) throw new UserError(`${file} exists already: verify it, or remove it first`);
  const unfinished = `${file}.part`;
  const hash = createHash('sha256');
  const hashing = new Transform({
    transform(chunk, _, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  try {
    await pipeline(Readable.from(lines), createGzip(), hashing, createWriteStream(unfinished));
    const written = await open(unfinished, 'r+');
    await written.sync().finally(() => written.close());
    await writeFile(`${file}.sha256`, `${hash.digest('hex')}  ${exportName(month)}\n`);
    await rename(unfinished, file);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
  return file;
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

/**
 * The lines of an export as bytes, because an entry's hash covers them.
 * @throws Error if the file can't be read, or is not complete
 */
export async function* readLines(file: string): AsyncGenerator<Buffer> {
  const compressed = createReadStream(file);
  await once(compressed, 'open');
  const text = createGunzip();
  compressed.on('error', (error) => text.destroy(error));
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of compressed.pipe(text)) {
    let data = rest.length === 0 ? (chunk as Buffer) : Buffer.concat([rest, chunk as Buffer]);
    for (let end = data.indexOf(10); end !== -1; end = data.indexOf(10)) {
      yield data.subarray(0, end);
      data = data.subarray(end + 1);
    }
    rest = data;
  }
  if (rest.length > 0) throw new Error('its last line is not complete');
}
