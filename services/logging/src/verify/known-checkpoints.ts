import { type Database, queryOnce } from '@guichet/database';
import { type Checkpoint, isSignedBy, type PublicKeys } from '@guichet/log-checkpoints';
import { type CheckpointPosition, readBehindEnd, readBetween, readFrom } from '../checkpoints/store.ts';
import type { StoredEntry } from '../entries/store.ts';
import type { ChainEnd } from './head-witness.ts';

const NOT_SIGNED = 'a checkpoint was not signed by the bank';
/** A row behind the end that the bank signed proves a cut; an intruder could add others before it. */
const BEHIND_END = 1_000;
const PAGE = 1_000;

/** A checkpoint with which an entry does not agree. */
export interface Contradiction {
  readonly sequence: bigint;
  readonly time: Date;
  /** The newest checkpoint before it with which the same range agrees. */
  readonly proven: bigint | null;
}

/** What a part of the chain and its checkpoints say about each other. */
export interface Agreement {
  /** With how many checkpoints it agrees. */
  readonly agreed: number;
  /** The sequence of the newest of them. */
  readonly proven: bigint | null;
}

/** The checkpoints that a range of the chain is compared with, in its order. */
export interface KnownCheckpoints {
  /** Reads those in the database up to a sequence. */
  readUpTo(sequence: bigint): Promise<void>;
  /** Compares the next entry of the chain. @returns what contradicts it; null if nothing does */
  compare(entry: Pick<StoredEntry, 'sequence' | 'hash'>): string | Contradiction | null;
  agreement(): Agreement;
}

interface Given {
  keys: PublicKeys | undefined;
  kept: readonly Checkpoint[];
}

/** @param proven the newest checkpoint with which the chain before the range agrees */
export function describe(fault: string | Contradiction, proven: bigint | null): string {
  if (typeof fault === 'string') return fault;
  const newest = fault.proven ?? proven;
  const since = newest === null ? '' : ` after entry ${newest}`;
  return `the chain was rewritten${since}: entry ${fault.sequence} is not the one that was signed at ${fault.time.toISOString()}`;
}

/** The checkpoints behind an entry. Without `keys`, those in the database are not compared. */
export function openCheckpoints(
  db: Database,
  { keys, kept, after }: Given & { after: bigint },
): KnownCheckpoints {
  const keptInOrder = inOrder(kept).filter(({ sequence }) => sequence > after);
  const stored: Checkpoint[] = [];
  const compared = new Compared();
  let readTo = after;
  return {
    async readUpTo(sequence) {
      if (keys === undefined || sequence <= readTo) return;
      stored.push(...(await queryOnce(db, readBetween(readTo, sequence))));
      readTo = sequence;
    },
    compare(entry) {
      const fromDatabase = due(stored, entry.sequence);
      if (keys !== undefined && fromDatabase.some((one) => !isSignedBy(keys, one))) return NOT_SIGNED;
      return compared.add([...due(keptInOrder, entry.sequence), ...fromDatabase], entry);
    },
    agreement: () => compared,
  };
}

/**
 * Compares the checkpoints about the `beginning` of the chain. Those about entries before it must be signed: they are compared with the exports
 * instead.
 */
export async function compareBeginning(
  db: Database,
  { keys, kept, beginning }: Given & { beginning: ChainEnd },
): Promise<{ fault: string | Contradiction | null } & Agreement> {
  const compared = new Compared();
  const found = (fault: string | Contradiction | null) => ({
    fault,
    agreed: compared.agreed,
    proven: compared.proven,
  });
  const atBeginning = ({ sequence }: Checkpoint) => sequence === beginning.sequence;
  const contradiction = compared.add(kept.filter(atBeginning), beginning);
  if (contradiction !== null) return found(contradiction);
  for (let after: CheckpointPosition | null = null; keys !== undefined; ) {
    const page: Checkpoint[] = await queryOnce(db, readFrom(0n, PAGE, after));
    const old = page.filter(({ sequence }) => sequence <= beginning.sequence);
    if (old.some((one) => !isSignedBy(keys, one))) return found(NOT_SIGNED);
    const fault = compared.add(old.filter(atBeginning), beginning);
    if (fault !== null) return found(fault);
    if (old.length < PAGE) break;
    after = page.at(-1) ?? null;
  }
  return found(null);
}

/** Reads the checkpoints in the database that are about no entry of it: after the end of the chain was read, which every one in `kept` must be older than. */
export async function readBeyond(
  db: Database,
  { keys, kept }: Given,
): Promise<{ faultBehind: (end: bigint) => string | null }> {
  const behind = keys === undefined ? [] : await queryOnce(db, readBehindEnd(BEHIND_END));
  return {
    faultBehind(end) {
      const keptBehind = inOrder(kept).filter(({ sequence }) => sequence > end);
      const [first] = [...keptBehind, ...behind.filter((one) => keys && isSignedBy(keys, one))];
      if (first !== undefined)
        return `the end of the chain was cut off: entry ${first.sequence} was signed at ${first.time.toISOString()}`;
      return behind.length > 0 ? NOT_SIGNED : null;
    },
  };
}

function inOrder(checkpoints: readonly Checkpoint[]): Checkpoint[] {
  return checkpoints.toSorted((a, b) => Number(a.sequence - b.sequence));
}

/** Takes those that are due at an entry away from a list. */
function due(list: Checkpoint[], sequence: bigint): Checkpoint[] {
  if (list[0] === undefined || list[0].sequence > sequence) return [];
  const after = list.findIndex((one) => one.sequence > sequence);
  return list.splice(0, after === -1 ? list.length : after);
}

/** The checkpoints that were compared so far. */
class Compared implements Agreement {
  agreed = 0;
  proven: bigint | null = null;
  /** The signatures of those about the newest entry: one that was kept may be in the database too. */
  #counted: string[] = [];

  /** @returns the first that an entry contradicts; null if it agrees with all */
  add(
    checkpoints: readonly Checkpoint[],
    entry: Pick<StoredEntry, 'sequence' | 'hash'>,
  ): Contradiction | null {
    for (const { sequence, hash, time, signature } of checkpoints) {
      if (sequence !== entry.sequence || !hash.equals(entry.hash))
        return { sequence, time, proven: this.proven };
      if (sequence !== this.proven) this.#counted = [];
      const signed = signature.toString('base64');
      if (!this.#counted.includes(signed)) {
        this.#counted.push(signed);
        this.agreed += 1;
      }
      this.proven = sequence;
    }
    return null;
  }
}
