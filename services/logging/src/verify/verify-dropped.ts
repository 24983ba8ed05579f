import { join } from 'node:path';
import { UserError } from '@guichet/cli';
import type { Checkpoint, MonthStatement, PublicKeys } from '@guichet/log-checkpoints';
import { exportName } from '../months/export-file.ts';
import { verifyExport } from '../months/verify-export.ts';

/**
 * Verifies the exports of the months that were dropped, which lead from the first entry of the log to the beginning of the chain in the database.
 * @returns 0 if they are intact, 1 if one is broken; what it finds is printed
 * @throws UserError without keys
 */
export async function verifyDropped(
  dropped: readonly MonthStatement[],
  { folder, keys, kept }: { folder: string; keys: PublicKeys | undefined; kept: readonly Checkpoint[] },
): Promise<number> {
  if (keys === undefined)
    throw new UserError('Exports can only be checked with the public keys: add --keys FILE|URL');
  let total = 0;
  let agreed = 0;
  for (const { month, previous, last, entries } of dropped) {
    const file = join(folder, exportName(month));
    const { statement, fault, checkpoints } = await verifyExport(file, keys, kept);
    const isIt =
      statement !== null &&
      statement.entries === entries &&
      statement.previous.hash.equals(previous.hash) &&
      statement.last.hash.equals(last.hash);
    if (!isIt) {
      console.error(
        `The export ${file} is broken: ${fault ?? 'it has other entries than the month that was dropped'}`,
      );
      return 1;
    }
    total += entries;
    agreed += checkpoints;
  }
  console.log(
    `The exports are intact: ${total} entries of ${dropped.length} months lead to the beginning, and agree with ${agreed} signed checkpoints`,
  );
  return 0;
}
