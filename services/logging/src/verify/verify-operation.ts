import type { LogFault, LogProof } from '@guichet/contract/logging';
import { type Database, queryOnce } from '@guichet/database';
import { type Checkpoint, isSignedBy, type PublicKeys } from '@guichet/log-checkpoints';
import { readBetween, readFrom } from '../checkpoints/store.ts';
import { ALL_ENTRIES } from '../entries/filter.ts';
import { readEntries } from '../entries/read-entries.ts';
import { type ChainHead, readBefore, readChain, readHead, type StoredEntry } from '../entries/store.ts';
import { chainHash } from '../intake/chain.ts';
import { endBefore, readReliableFrom } from '../months/list-months.ts';
import { readMonths } from '../months/store.ts';
import type { ChainEnd } from './head-witness.ts';
import { type Marked, type PlaceOf, placesFrom, planStretches, type Stretch } from './plan-stretches.ts';
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
  const { stretches, unread } = planStretches(
    marked,
    head.sequence,
    budget,
    await readPlaces(db, entries, head),
  );
  const signed: Checkpoint[] = [];
  let checked = 0;
  for (const stretch of stretches) {
    const walked = await walk(db, stretch, { keys, head, witnessed, page, faults });
    checked += walked.checked;
    signed.push(...walked.signed);
  }
  const sealed = await readSealedParts(db, entries);
  for (const entry of entries) {
    if (entry.sequence > head.sequence) faults.note('end_changed', entry.sequence, only(entry.sequence));
    if (sealed.faultOf(entry) !== null) faults.note('unreadable', entry.sequence, only(entry.sequence));
  }
  if (witnessed !== null && witnessed.sequence > head.sequence)
    faults.note('end_changed', head.sequence + 1n);
  if (await lacksRequest(db, operationId, { entries, head, now }))
    faults.note('request_missing', entries[0]?.sequence ?? 0n);
  return {
    checked,
    fault: faults.first(),
    unread,
    head,
    entries: entries.map((entry) => {
      if (faults.isBroken(entry.sequence)) return { entry, proof: 'broken', signedAt: null };
      const by = signed.find(
        (one) => one.sequence >= entry.sequence && !faults.isBetween(entry.sequence, one.sequence),
      );
      return { entry, proof: by === undefined ? 'linked' : 'signed', signedAt: by?.time ?? null };
    }),
  };
}

/** Breaks of the chain, and the entries that they leave unproven. */
class Faults {
  readonly #found: { kind: LogFault; sequence: bigint }[] = [];
  readonly #broken: Stretch[] = [];

  /** `broken`: the entries that may have been changed. */
  note(kind: LogFault, sequence: bigint, ...broken: readonly Stretch[]): void {
    this.#found.push({ kind, sequence });
    this.#broken.push(...broken);
  }

  first() {
    return this.#found.toSorted((a, b) => Number(a.sequence - b.sequence))[0] ?? null;
  }

  isBroken(sequence: bigint): boolean {
    return this.#broken.some(({ from, to }) => from <= sequence && sequence <= to);
  }

  /** Whether the chain breaks after an entry, up to another. */
  isBetween(after: bigint, upTo: bigint): boolean {
    return this.#found.some(({ sequence }) => sequence > after && sequence <= upTo);
  }
}

const only = (sequence: bigint): Stretch => ({ from: sequence, to: sequence });

/** Reads a stretch, and hashes its entries again. @returns the checkpoints that it agrees with */
async function walk(
  db: Database,
  stretch: Stretch,
  known: { keys: PublicKeys; head: ChainHead; witnessed: ChainEnd | null; page: number; faults: Faults },
): Promise<{ checked: number; signed: Checkpoint[] }> {
  const { keys, head, witnessed, page, faults } = known;
  const checkpoints = await queryOnce(db, readBetween(stretch.from - 1n, stretch.to));
  const before = await endBefore(db, stretch.from);
  const signed: Checkpoint[] = [];
  let checked = 0;
  let { sequence: last, hash } = before;

  /** Compares what follows an entry, up to another one, with what was signed or seen there. */
  function compare(after: bigint, { sequence, hash: stored }: ChainHead): void {
    const isHere = (end: ChainEnd) => end.sequence > after && end.sequence <= sequence;
    const isSame = (end: ChainEnd) => end.sequence === sequence && end.hash.equals(stored);
    const unproven = { from: (signed.at(-1)?.sequence ?? stretch.from - 1n) + 1n, to: sequence };
    for (const checkpoint of checkpoints.filter(isHere)) {
      if (!isSignedBy(keys, checkpoint)) faults.note('checkpoint_not_signed', checkpoint.sequence);
      else if (isSame(checkpoint)) signed.push(checkpoint);
      else faults.note('rewritten', checkpoint.sequence, unproven);
    }
    if (witnessed !== null && isHere(witnessed) && !isSame(witnessed))
      faults.note('rewritten', witnessed.sequence, unproven);
  }

  while (last < head.sequence) {
    const rows = await queryOnce(db, readChain(last, page));
    for (const entry of rows) {
      const isBehind = entry.sequence > stretch.to;
      const isNext = entry.sequence === last + 1n;
      const matches = chainHash(hash, entry).equals(entry.hash);
      if (!matches && entry.sequence <= head.sequence)
        faults.note(isNext ? 'changed' : 'missing', last + 1n, only(last), only(entry.sequence));
      // The entry behind the stretch is read because it has the hash of the last one.
      if (isBehind) {
        if (last < stretch.to && entry.sequence > head.sequence)
          faults.note('missing', last + 1n, only(last));
        return { checked, signed };
      }
      if (matches) checked += 1;
      compare(last < stretch.from ? stretch.from - 1n : last, entry);
      ({ hash, sequence: last } = entry);
    }
    if (rows.length < page) break;
  }
  if (last < stretch.to) faults.note('missing', last + 1n, only(last));
  else if (last === head.sequence && !hash.equals(head.hash)) faults.note('end_changed', last, only(last));
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
  { entries, head, now }: { entries: readonly StoredEntry[]; head: ChainHead; now: Date },
): Promise<boolean> {
  if (entries.some(({ action }) => action.endsWith('_REQUESTED'))) return false;
  const createdAt = timeOfId(operationId);
  // Without any entry, the time in the id says when the first one was due: a log from which all of them were removed must not look intact.
  const since = entries[0]?.time.getTime() ?? createdAt;
  if (createdAt === null || since === null || now.getTime() - since < ARRIVAL_MS) return false;
  if (entries.length === 0 && (await newestTime(db, head)) < createdAt + ARRIVAL_MS) return false;
  const [oldest] = await queryOnce(db, readChain(0n, 1));
  if (createdAt < (await readReliableFrom(db)).getTime()) return false;
  return oldest !== undefined && (oldest.sequence === 1n || oldest.time.getTime() <= createdAt);
}

/** When a UUIDv7 was made, in milliseconds since 1970 (RFC 9562, section 5.7); null for another id. */
function timeOfId(id: string): number | null {
  return id[14] === '7' ? Number.parseInt(id.replace('-', '').slice(0, 12), 16) : null;
}

/** The time of the newest entry: while the log is behind, it can't lack what is newer. */
async function newestTime(db: Database, { sequence }: ChainHead): Promise<number> {
  const [newest] = await queryOnce(db, readChain(sequence - 1n, 1));
  return newest?.time.getTime() ?? 0;
}

/** The places of the entries from the operation's first one to the end of the log. */
async function readPlaces(
  db: Database,
  [first]: readonly StoredEntry[],
  { sequence: head }: ChainHead,
): Promise<PlaceOf> {
  if (first === undefined) return placesFrom(0n, []);
  const months = await queryOnce(db, readMonths());
  const begun = months.filter((month) => month.first > first.sequence && month.first <= head);
  const skips = [];
  for (const { first: next } of begun) {
    const last = await queryOnce(db, readBefore(next));
    skips.push({ last: last?.sequence ?? first.sequence, next });
  }
  return placesFrom(first.sequence, skips);
}
