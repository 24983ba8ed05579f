import { type Database, queryOnce } from '@guichet/database';
import {
  type Checkpoint,
  type CheckpointKeys,
  isSignedBy,
  type PublicKeys,
  publicKeysOf,
  signCheckpoint,
} from '@guichet/log-checkpoints';
import type { Clock } from '@guichet/time';
import { readHead } from '../entries/store.ts';
import type { HeadWitness } from '../verify/head-witness.ts';
import { type CheckpointPosition, findHash, insertCheckpoint, readNewest } from './store.ts';

export interface Signing {
  db: Database;
  clock: Clock;
  keys: CheckpointKeys;
  witness?: HeadWitness;
}

const PAGE = 100;

/**
 * Signs the end of the log, unless the newest checkpoint is at that end.
 * @returns the checkpoint at the end, and whether it is new; null for an empty log
 * @throws Error if the log lacks what this process or the newest checkpoint has seen: then signing would cover up what happened
 */
export async function signEnd({
  db,
  clock,
  keys,
  witness,
}: Signing): Promise<{ checkpoint: Checkpoint; isNew: boolean } | null> {
  // Read before the head, so that the log can only be longer.
  const witnessed = witness?.furthest() ?? null;
  const published = publicKeysOf(keys.published);
  const newest = await findNewest(db, published);
  const { sequence, hash } = await queryOnce(db, readHead());

  for (const seen of [witnessed, newest]) {
    if (seen === null) continue;
    const found = seen.sequence === sequence ? hash : await queryOnce(db, findHash(seen.sequence));
    if (seen.sequence > sequence || found === null || !seen.hash.equals(found))
      throw new Error(`the log was rewritten or cut: entry ${seen.sequence} is no longer the same`);
  }
  if (sequence === 0n) return null;
  if (newest?.sequence === sequence) return { checkpoint: newest, isNew: false };
  const checkpoint = signCheckpoint(keys.signer, { sequence, hash, time: clock() });
  await queryOnce(db, insertCheckpoint(checkpoint));
  witness?.note({ sequence, hash });
  return { checkpoint, isNew: true };
}

/**
 * The newest checkpoint that the bank signed. Rows before it that it did not sign can only come from an intruder, and however many they are, they must
 * not hide what was signed; `verifyChain` reports them.
 */
async function findNewest(db: Database, keys: PublicKeys): Promise<Checkpoint | null> {
  for (let after: CheckpointPosition | null = null; ; ) {
    const page: Checkpoint[] = await queryOnce(db, readNewest(PAGE, after));
    const found = page.find((one) => isSignedBy(keys, one));
    if (found !== undefined || page.length < PAGE) return found ?? null;
    after = page.at(-1) ?? null;
  }
}
