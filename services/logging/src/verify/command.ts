import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { UserError } from '@guichet/cli';
import { databaseSettings, readSettings, serverSettings } from '@guichet/config';
import { openDatabase } from '@guichet/database';
import { silentLog } from '@guichet/log';
import { isSignedBy, type PublicKeys, publicKeysOf } from '@guichet/log-checkpoints';
import { type KeptCheckpoints, parseCheckpoints } from '../checkpoints/parse-checkpoints.ts';
import { signingSettings } from '../config.ts';
import { verifyChain } from './verify-chain.ts';

export const VERIFY_USAGE = 'verify [--checkpoints FILE] [--keys FILE|URL]';

/**
 * Verifies the chain in the database of `DATABASE_*`, with the checkpoints in it and in a file. @returns 0 if it is intact, 1 if it is broken
 * @throws UserError if the files or the arguments are wrong
 */
export async function runVerify(args: readonly string[]): Promise<number> {
  const { checkpoints: file, keys: keysFrom } = readArguments(args);
  const TLS_DIRECTORY = serverSettings.TLS_DIRECTORY.default('');
  const LOG_SIGNING_KEY = signingSettings.LOG_SIGNING_KEY.optional();
  const settings = readSettings({ ...databaseSettings, TLS_DIRECTORY, LOG_SIGNING_KEY });
  const own = settings.LOG_SIGNING_KEY && publicKeysOf(settings.LOG_SIGNING_KEY.published);
  const keys = keysFrom === undefined ? own : await readKeys(keysFrom);
  const kept = file === undefined ? null : readKept(await readText(file), file, keys);
  if (kept !== null && kept.unread > 0)
    console.error(`${kept.unread} lines of ${file} are not checkpoints and were left out`);

  const db = openDatabase(settings, silentLog);
  try {
    const found = await verifyChain(db, { keys, ...(kept === null ? {} : { kept: kept.checkpoints }) });
    const { ok, checked, firstBreak, reason, head, checkpoints } = found;
    if (!ok) {
      console.error(
        `The log is broken at sequence ${firstBreak}: ${reason} (the hashes of the ${checked} entries before it are right)`,
      );
      return 1;
    }
    console.log(
      `The log is intact: ${checked} entries; the newest is ${head.sequence}, with hash ${head.hash}`,
    );
    console.log(
      keys === undefined
        ? 'Checkpoints were not checked: there are no keys (LOG_SIGNING_KEY or --keys)'
        : `It agrees with ${checkpoints} signed checkpoints`,
    );
    return 0;
  } finally {
    await db.destroy();
  }
}

function readArguments(args: readonly string[]): { checkpoints?: string; keys?: string } {
  try {
    const options = { checkpoints: { type: 'string' }, keys: { type: 'string' } } as const;
    return parseArgs({ args: [...args], options }).values;
  } catch {
    throw new UserError(`Use ${VERIFY_USAGE}`);
  }
}

function readKept(text: string, file: string, keys: PublicKeys | undefined): KeptCheckpoints {
  if (keys === undefined)
    throw new UserError('Checkpoints can only be checked with the public keys: add --keys FILE|URL');
  const kept = parseCheckpoints(text);
  if (kept.checkpoints.length === 0) throw new UserError(`There are no checkpoints in ${file}`);
  const forged = kept.checkpoints.find((one) => !isSignedBy(keys, one));
  if (forged !== undefined) {
    throw new UserError(
      `The checkpoint at sequence ${forged.sequence} in ${file} was not signed by a key of the bank (${forged.keyId})`,
    );
  }
  return kept;
}

async function readKeys(from: string): Promise<PublicKeys> {
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

/** npm changes the folder; the file is named from where the command was typed. */
async function readText(file: string): Promise<string> {
  return readFile(resolve(process.env.INIT_CWD ?? '.', file), 'utf8').catch((error: Error) => {
    throw new UserError(`${file} can’t be read: ${error.message}`);
  });
}
