import { UserError } from '@guichet/cli';
import { type Database, queryOnce } from '@guichet/database';
import { type Checkpoint, isSignedBy, type PublicKeys } from '@guichet/log-checkpoints';
import { type CheckpointPosition, readFrom } from '../checkpoints/store.ts';
import { readChain } from '../entries/store.ts';
import { chainHash } from '../intake/chain.ts';
import type { ChainEnd } from '../verify/head-witness.ts';

const PAGE = 500;

/**
 * The first signed checkpoint at or after an end of the chain, to which the entries in between lead.
 * @throws UserError if there is none yet, or if it contradicts the end
 */
export async function findCover(db: Database, keys: PublicKeys, end: ChainEnd): Promise<Checkpoint> {
  const cover = await firstSigned(db, keys, end.sequence);
  if (cover === null)
    throw new UserError('No signed checkpoint covers the end of the month yet: try again after the next one');
  let { sequence, hash } = end;
  while (sequence < cover.sequence) {
    const entries = await queryOnce(db, readChain(sequence, PAGE));
    const due = entries.filter((entry) => entry.sequence <= cover.sequence);
    for (const entry of due) hash = chainHash(hash, entry);
    const last = due.at(-1)?.sequence;
    if (last === undefined) break;
    sequence = last;
  }
  if (sequence !== cover.sequence || !hash.equals(cover.hash)) {
    throw new UserError(
      `The log contradicts the checkpoint at ${cover.sequence}, which was signed at ${cover.time.toISOString()}`,
    );
  }
  return cover;
}

async function firstSigned(db: Database, keys: PublicKeys, sequence: bigint): Promise<Checkpoint | null> {
  for (let after: CheckpointPosition | null = null; ; ) {
    const page: Checkpoint[] = await queryOnce(db, readFrom(sequence, PAGE, after));
    const found = page.find((one) => isSignedBy(keys, one));
    if (found !== undefined || page.length < PAGE) return found ?? null;
    after = page.at(-1) ?? null;
  }
}
