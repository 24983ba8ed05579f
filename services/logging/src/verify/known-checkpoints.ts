import { type Database, queryOnce } from '@guichet/database';
import { type Checkpoint, isSignedBy, type PublicKeys } from '@guichet/log-checkpoints';
import { type CheckpointPosition, readBehindEnd, readBetween, readFrom } from '../checkpoints/store.ts';
import type { StoredEntry } from '../entries/store.ts';
import type { ChainEnd } from './head-witness.ts';

const NOT_SIGNED = 'a checkpoint was not signed by the bank';
/** A row behind the end that the bank signed proves a cut; an intruder could add others before it. */
const BEHIND_END = 1_000;
const PAGE = 1_000;

/** The checkpoints that a chain is compared with, in its order. */
export interface KnownCheckpoints {
  /** Compares those about the beginning of the chain and before it. @returns what contradicts it; null if nothing does */
  compareBeginning(): Promise<string | null>;
  /** Reads those in the database up to a sequence. */
  readUpTo(sequence: bigint): Promise<void>;
  /** Compares the next entry of the chain. @returns what contradicts it; null if nothing does */
  compare(entry: Pick<StoredEntry, 'sequence' | 'hash'>): string | null;
  /** Once the chain has ended: what a checkpoint behind its end says. */
  behindEnd(): string | null;
  /** With how many checkpoints the chain agreed. */
  agreed(): number;
  /** How many of those that were kept are about entries before the beginning of the chain. */
  exported(): number;
}

/**
 * Call it after the end of the chain was read, which every checkpoint in `kept` must be older than. Without `keys`, checkpoints in the database
 * are not compared. Those about entries before the `beginning` of the chain are compared with the exports instead.
 */
export async function openCheckpoints(
  db: Database,
  {
    keys,
    kept,
    beginning,
  }: { keys: PublicKeys | undefined; kept: readonly Checkpoint[]; beginning: ChainEnd },
): Promise<KnownCheckpoints> {
  const behind = keys === undefined ? [] : await queryOnce(db, readBehindEnd(BEHIND_END));
  const keptInOrder = [...kept]
    .filter(({ sequence }) => sequence >= beginning.sequence)
    .sort((a, b) => Number(a.sequence - b.sequence));
  const stored: Checkpoint[] = [];
  let readTo = beginning.sequence;
  let agreed = 0;
  /** The signatures of those about the newest entry: one that was kept may be in the database too. */
  let counted: string[] = [];
  /** The newest checkpoint that the chain agreed with. */
  let proven: bigint | null = null;

  /** Takes those that are due at an entry away from a list. */
  function due(list: Checkpoint[], sequence: bigint): Checkpoint[] {
    if (list[0] === undefined || list[0].sequence > sequence) return [];
    const after = list.findIndex((one) => one.sequence > sequence);
    return list.splice(0, after === -1 ? list.length : after);
  }

  function contradictionOf(
    { sequence, hash, time, signature }: Checkpoint,
    entry: Pick<StoredEntry, 'sequence' | 'hash'>,
  ): string | null {
    if (sequence !== entry.sequence || !hash.equals(entry.hash)) {
      const since = proven === null ? '' : ` after entry ${proven}`;
      return `the chain was rewritten${since}: entry ${sequence} is not the one that was signed at ${time.toISOString()}`;
    }
    if (sequence !== proven) counted = [];
    const signed = signature.toString('base64');
    if (!counted.includes(signed)) {
      counted.push(signed);
      agreed += 1;
    }
    proven = sequence;
    return null;
  }

  return {
    async compareBeginning() {
      for (const one of due(keptInOrder, beginning.sequence)) {
        const contradiction = contradictionOf(one, beginning);
        if (contradiction !== null) return contradiction;
      }
      for (let after: CheckpointPosition | null = null; keys !== undefined; ) {
        const page: Checkpoint[] = await queryOnce(db, readFrom(0n, PAGE, after));
        const old = page.filter(({ sequence }) => sequence <= beginning.sequence);
        for (const one of old) {
          if (!isSignedBy(keys, one)) return NOT_SIGNED;
          const contradiction = one.sequence < beginning.sequence ? null : contradictionOf(one, beginning);
          if (contradiction !== null) return contradiction;
        }
        if (old.length < PAGE) return null;
        after = page.at(-1) ?? null;
      }
      return null;
    },
    async readUpTo(sequence) {
      if (keys === undefined || sequence <= readTo) return;
      stored.push(...(await queryOnce(db, readBetween(readTo, sequence))));
      readTo = sequence;
    },
    compare(entry) {
      const fromDatabase = due(stored, entry.sequence);
      if (keys !== undefined && fromDatabase.some((one) => !isSignedBy(keys, one))) return NOT_SIGNED;
      for (const one of [...due(keptInOrder, entry.sequence), ...fromDatabase]) {
        const contradiction = contradictionOf(one, entry);
        if (contradiction !== null) return contradiction;
      }
      return null;
    },
    behindEnd() {
      const [first] = [...keptInOrder, ...stored, ...behind.filter((one) => keys && isSignedBy(keys, one))];
      if (first !== undefined)
        return `the end of the chain was cut off: entry ${first.sequence} was signed at ${first.time.toISOString()}`;
      return behind.length > 0 ? NOT_SIGNED : null;
    },
    agreed: () => agreed,
    exported: () => kept.filter(({ sequence }) => sequence < beginning.sequence).length,
  };
}
