import type { LogFault, LogProof } from '@guichet/contract/logging';
import { type Database, queryOnce } from '@guichet/database';
import { type Checkpoint, isSignedBy, type PublicKeys } from '@guichet/log-checkpoints';
import { readBetween, readFrom } from '../checkpoints/store.ts';
import { ALL_ENTRIES } from '../entries/filter.ts';
import {
  type ChainHead,
  readBefore,
  readChain,
  readEntries,
  readHead,
  type StoredEntry,
} from '../entries/store.ts';
import { chainHash, GENESIS_HASH } from '../intake/chain.ts';
import type { ChainEnd } from './head-witness.ts';
import { type Marked, planStretches, type Stretch } from './plan-stretches.ts';
import { readSealedParts } from './sealed-parts.ts';

/** The outcome of verifying the entries of an operation. */
export interface OperationVerification {
  /** How many entries of the log were read and are as they were stored. */
  readonly checked: number;
  /** The first break, in the order of the chain. */
  readonly fault: { readonly kind: LogFault; readonly sequence: bigint } | null;
  /** How many entries after the first one were not read, because they are too many. */
  readonly unread: bigint;
  readonly entries: readonly VerifiedEntry[];
  readonly head: ChainHead;
}

interface VerifiedEntry {
  readonly entry: StoredEntry;
  readonly proof: LogProof;
  /** When the checkpoint that it is proven by was signed. */
  readonly signedAt: Date | null;
}

interface Options {
  keys: PublicKeys;
  now: Date;
  witnessed?: ChainEnd | null | undefined;
  /** How many entries to read, besides the operation's own and their neighbours. */
  budget?: number;
  page?: number;
}

/** About a third of a second. */
const BUDGET = 10_000;
const PAGE = 1_000;
const ENTRIES_MAX = 1_000;
const CHECKPOINTS = 100;
/** The entries of a request and of what follows are on several subjects, and may arrive in another order. */
const ARRIVAL_MS = 60_000;

/**
 * Verifies the entries of an operation, without reading the whole log. Each is hashed again with the hash before it, and so is every entry from there to
 * the next checkpoint, which stands for everything before it; then, as far as the budget goes, the entries between them and up to the end of the
 * log, so that none can be missing.
 */
export async function verifyOperation(
  db: Database,
  operationId: string,
  { keys, now, witnessed = null, budget = BUDGET, page = PAGE }: Options,
): Promise<OperationVerification> {
  const filter = { ...ALL_ENTRIES, operationId };
  const entries = await readEntries(db, filter, { order: 'oldest first', limit: ENTRIES_MAX });
  // Read after the entries, so that all of them are before it.
  const head = await queryOnce(db, readHead());
  const faults = new Faults();
  const marked = await findCheckpoints(db, entries, keys);
  const { stretches, unread } = planStretches(marked, head.sequence, budget);
  const signed: Checkpoint[] = [];
  let checked = 0;
  for (const stretch of stretches) {
    const walked = await walk(db, stretch, { keys, head, witnessed, page, faults });
    checked += walked.checked;
    signed.push(...walked.signed);
  }
  const sealed = await readSealedParts(db, entries);
  for (const entry of entries) {
    if (entry.sequence > head.sequence) faults.note('end_changed', entry.sequence, entry.sequence);
    if (sealed.faultOf(entry) !== null) faults.note('unreadable', entry.sequence, entry.sequence);
  }
  if (witnessed !== null && witnessed.sequence > head.sequence)
    faults.note('end_changed', head.sequence + 1n);
  if (await lacksRequest(db, operationId, entries, now))
    faults.note('request_missing', entries[0]?.sequence ?? 0n);
  return {
    checked,
    fault: faults.first(),
    unread,
    head,
    entries: entries.map((entry) => {
      if (faults.at.has(entry.sequence)) return { entry, proof: 'broken', signedAt: null };
      const by = signed.find(
        (one) => one.sequence >= entry.sequence && !faults.isBetween(entry.sequence, one.sequence),
      );
      return { entry, proof: by === undefined ? 'linked' : 'signed', signedAt: by?.time ?? null };
    }),
  };
}

/** Breaks of the chain, and the entries next to them. */
class Faults {
  readonly #found: { kind: LogFault; sequence: bigint }[] = [];
  /** The entries that may have been changed. */
  readonly at = new Set<bigint>();

  note(kind: LogFault, sequence: bigint, ...entries: readonly bigint[]): void {
    this.#found.push({ kind, sequence });
    for (const one of entries) this.at.add(one);
  }

  first() {
    return this.#found.toSorted((a, b) => Number(a.sequence - b.sequence))[0] ?? null;
  }

  /** Whether the chain breaks after an entry, up to another. */
  isBetween(after: bigint, upTo: bigint): boolean {
    return this.#found.some(({ sequence }) => sequence > after && sequence <= upTo);
  }
}

/** Reads a stretch, and hashes its entries again. @returns the checkpoints that it agrees with */
async function walk(
  db: Database,
  stretch: Stretch,
  known: { keys: PublicKeys; head: ChainHead; witnessed: ChainEnd | null; page: number; faults: Faults },
): Promise<{ checked: number; signed: Checkpoint[] }> {
  const { keys, head, witnessed, page, faults } = known;
  const checkpoints = await queryOnce(db, readBetween(stretch.from - 1n, stretch.to));
  const before = await queryOnce(db, readBefore(stretch.from));
  const signed: Checkpoint[] = [];
  let checked = 0;
  let last = before?.sequence ?? 0n;
  let hash = before?.hash ?? GENESIS_HASH;

  /** What no earlier checkpoint stands for. */
  const since = (sequence: bigint) => {
    const proven = signed.at(-1)?.sequence;
    return sequencesIn(proven === undefined ? stretch.from : proven + 1n, sequence);
  };

  /** Compares an entry with what was signed or seen at its place. */
  function compare(sequence: bigint, stored: Buffer | null): void {
    for (const checkpoint of checkpoints.filter((one) => one.sequence === sequence)) {
      if (!isSignedBy(keys, checkpoint)) faults.note('checkpoint_not_signed', sequence);
      else if (stored === null || !checkpoint.hash.equals(stored))
        faults.note('rewritten', sequence, ...since(sequence));
      else signed.push(checkpoint);
    }
    if (witnessed?.sequence === sequence && (stored === null || !witnessed.hash.equals(stored)))
      faults.note('rewritten', sequence, ...since(sequence));
  }

  while (last < stretch.to) {
    const rows = await queryOnce(db, readChain(last, page));
    for (const entry of rows) {
      const matches = chainHash(hash, entry).equals(entry.hash);
      if (entry.sequence > stretch.to) {
        if (!matches) faults.note('missing', last + 1n, last);
        return { checked, signed };
      }
      if (matches) checked += 1;
      else faults.note(entry.sequence === last + 1n ? 'changed' : 'missing', last + 1n, last, entry.sequence);
      const next = last < stretch.from ? stretch.from : last + 1n;
      for (const sequence of sequencesIn(next, entry.sequence - 1n)) compare(sequence, null);
      compare(entry.sequence, entry.hash);
      hash = entry.hash;
      last = entry.sequence;
      if (last === stretch.to) break;
    }
    if (rows.length < page && last < stretch.to) {
      faults.note('missing', last + 1n, last);
      return { checked, signed };
    }
  }
  if (last === head.sequence && !hash.equals(head.hash)) faults.note('end_changed', last, last);
  return { checked, signed };
}

/** The first checkpoint that the bank signed, at or after each entry. */
async function findCheckpoints(
  db: Database,
  entries: readonly StoredEntry[],
  keys: PublicKeys,
): Promise<Marked[]> {
  const marked: Marked[] = [];
  for (const { sequence } of entries) {
    const last = marked.at(-1)?.checkpoint;
    const isKnown = last === null || (last !== undefined && last >= sequence);
    marked.push({ sequence, checkpoint: isKnown ? last : await findSigned(db, sequence, keys) });
  }
  return marked;
}

async function findSigned(db: Database, from: bigint, keys: PublicKeys): Promise<bigint | null> {
  for (let next = from; ; ) {
    const found = await queryOnce(db, readFrom(next, CHECKPOINTS));
    const signed = found.find((one) => isSignedBy(keys, one));
    if (signed !== undefined) return signed.sequence;
    const newest = found.at(-1)?.sequence;
    if (newest === undefined || found.length < CHECKPOINTS) return null;
    next = newest + 1n;
  }
}

/** Whether the log reaches back to the request of an operation, and lacks its entry. */
async function lacksRequest(
  db: Database,
  operationId: string,
  entries: readonly StoredEntry[],
  now: Date,
): Promise<boolean> {
  const [first] = entries;
  if (first === undefined || now.getTime() - first.time.getTime() < ARRIVAL_MS) return false;
  if (entries.some(({ action }) => action.endsWith('_REQUESTED'))) return false;
  const [oldest] = await queryOnce(db, readChain(0n, 1));
  const createdAt = Number.parseInt(operationId.replace('-', '').slice(0, 12), 16);
  return oldest !== undefined && (oldest.sequence === 1n || oldest.time.getTime() <= createdAt);
}

function* sequencesIn(from: bigint, to: bigint): Generator<bigint> {
  for (let sequence = from; sequence <= to; sequence += 1n) yield sequence;
}
