import { openAsService, ownKeys, readArguments, UsageError } from '../command-settings.ts';
import { pathOf, readKept, readKeys } from './checkpoint-files.ts';
import { verifyChain } from './verify-chain.ts';
import { verifyDropped } from './verify-dropped.ts';

/**
 * Verifies the chain in the database of `DATABASE_*`, with the checkpoints in it and in a file, and with the exports of dropped months in a folder.
 * @returns 0 if it is intact, 1 if it is broken
 * @throws UserError if the files are wrong, UsageError if the arguments are
 */
export async function runVerify(args: readonly string[]): Promise<number> {
  const { values, positionals } = readArguments(args, { options: ['checkpoints', 'exports', 'keys'] });
  if (positionals.length > 0) throw new UsageError();
  const { checkpoints: file, exports, keys: keysFrom } = values;
  const keys = keysFrom === undefined ? ownKeys() : await readKeys(keysFrom);
  const kept = file === undefined ? [] : await readKept(file, keys);

  const { db, threads } = openAsService();
  try {
    const found = await verifyChain(db, { keys, kept, threads });
    const { ok, checked, firstBreak, reason, head, checkpoints, dropped, exported } = found;
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
    const last = dropped.at(-1);
    if (last === undefined) return 0;
    console.log(
      `It begins after entry ${last.last.sequence}, the last of ${last.month}: ${dropped.length} months were dropped after their export`,
    );
    if (exports !== undefined) return await verifyDropped(dropped, { folder: pathOf(exports), keys, kept });
    if (exported > 0)
      console.log(
        `${exported} checkpoints are about the exported part, and were not checked: add --exports FOLDER`,
      );
    return 0;
  } finally {
    await db.destroy();
  }
}
