import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { UserError } from '@guichet/cli';
import { isSignedBy, type PublicKeys, publicKeysOf } from '@guichet/log-checkpoints';
import { type KeptCheckpoints, readCheckpoints } from '../checkpoints/read-checkpoints.ts';

/** npm changes the folder; files and folders are named from where the command was typed. */
export function pathOf(file: string): string {
  return resolve(process.env.INIT_CWD ?? '.', file);
}

/**
 * Reads checkpoints that were kept, and checks their signatures. Lines that are none are left out, which stderr says.
 * @throws UserError if there are none, or one was not signed by the bank
 */
export async function readKept(
  file: string,
  keys: PublicKeys | undefined,
): Promise<KeptCheckpoints['checkpoints']> {
  if (keys === undefined)
    throw new UserError('Checkpoints can only be checked with the public keys: add --keys FILE|URL');
  const { checkpoints, unread } = await readCheckpoints(createReadStream(pathOf(file), 'utf8')).catch(
    cannotRead(file),
  );
  if (checkpoints.length === 0) throw new UserError(`There are no checkpoints in ${file}`);
  const forged = checkpoints.find((one) => !isSignedBy(keys, one));
  if (forged !== undefined) {
    throw new UserError(
      `The checkpoint at sequence ${forged.sequence} in ${file} was not signed by a key of the bank (${forged.keyId})`,
    );
  }
  if (unread > 0) console.error(`${unread} lines of ${file} are not checkpoints and were left out`);
  return checkpoints;
}

/** @throws UserError if the file or URL has no keys of a bank */
export async function readKeys(from: string): Promise<PublicKeys> {
  const text = /^https?:/.test(from) ? await download(from) : await readText(from);
  try {
    return publicKeysOf(JSON.parse(text));
  } catch (error) {
    throw new UserError(`The keys of ${from} can’t be used: ${(error as Error).message}`);
  }
}

async function download(url: string): Promise<string> {
  try {
    const reply = await fetch(url, { signal: AbortSignal.timeout(10_000) });
    if (!reply.ok) throw new Error(`status ${reply.status}`);
    return await reply.text();
  } catch (error) {
    throw new UserError(`${url} can’t be read: ${(error as Error).message}`);
  }
}

async function readText(file: string): Promise<string> {
  return readFile(pathOf(file), 'utf8').catch(cannotRead(file));
}

function cannotRead(file: string): (error: Error) => never {
  return (error) => {
    throw new UserError(`${file} can’t be read: ${error.message}`);
  };
}
