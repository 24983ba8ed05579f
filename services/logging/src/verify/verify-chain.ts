import { setTimeout as sleep } from 'node:timers/promises';
import { logFamilyOf } from '@guichet/contract/events';
import { type Database, isLeaseHeld, queryOnce } from '@guichet/database';
import {
  type Checkpoint,
  isMonthSignedBy,
  type MonthStatement,
  type PublicKeys,
} from '@guichet/log-checkpoints';
import type { StoredEntry } from '../entries/store.ts';
import { chainHash, GENESIS_HASH } from '../intake/chain.ts';
import { type Concern, concernedBy } from '../intake/rules.ts';
import { signInAddress } from '../intake/sign-in-address.ts';
import { MONTHS_LEASE, readDropped } from '../months/store.ts';
import type { SealedParts } from '../personal/sealing.ts';
import { completeBefore } from '../search/rules.ts';
import { findMiscounted } from './find-miscounted.ts';
import type { ChainEnd } from './head-witness.ts';
import { openCheckpoints } from './known-checkpoints.ts';
import { hourOf, readPages } from './read-pages.ts';
import { readEnd } from './store.ts';

/** The outcome of verifying the chain. */
export interface Verification {
  readonly ok: boolean;
  /** How many entries are as they were stored. */
  readonly checked: number;
  /** The sequence at which the chain breaks. */
  readonly firstBreak: bigint | null;
  readonly reason: string | null;
  /** The end of the chain when the verification began. Recorded outside the database, it proves a later cut. */
  readonly head: { readonly sequence: bigint; readonly hash: string };
  /** How many checkpoints the chain agrees with. */
  readonly checkpoints: number;
  /** How many of the checkpoints that were kept are about entries that were dropped: only their exports can prove them. */
  readonly exported: number;
  /** The months that were dropped, oldest first: the chain begins after the last of them. */
  readonly dropped: readonly MonthStatement[];
}

/**
 * Two blocks of words. An entry takes some 20 kB of memory while it's checked: what a few pages need is gone before the young generation of the heap is
 * collected twice, so nothing of it becomes old. With 256 the process held 50 MB more, with 1,000 100 MB.
 */
const PAGE = 128;
const ATTEMPTS = 3;
/** Longer than it takes to drop a month. */
const LOCKED_SECONDS = 300;

/**
 * Verifies the chain from its first entry, or from the one after the months that were dropped, to the one that was the newest at the start, and stops at the first entry that is missing, changed, added,
 * hidden from users who may read it, from time filters or from text searches, or unreadable although its persons were not forgotten. Then it counts the entries of the charts again. A gap in the sequences
 * is not a break if the hashes match across it. `witnessed`: an end of the chain known from before, which must still be part of it. `keys`: those of the bank, which must
 * have signed every checkpoint in the database, and what it says about dropped months; the chain must agree with each. `kept`: checkpoints that were kept elsewhere and are signed by the bank, with which it must agree too.
 * `restBetweenPages`: pause after each page for as long as the page took.
 * @throws the reason of `signal` when it is aborted
 */
export async function verifyChain(db: Database, options: Options = {}): Promise<Verification> {
  for (let attempt = 1; ; attempt += 1) {
    const found = await verifyOnce(db, options);
    // Between the first and the last step of dropping a month, the log contradicts itself.
    if (found.ok || attempt === ATTEMPTS || !(await hasChanged(db, found, options.signal))) return found;
  }
}

interface Options {
  page?: number;
  restBetweenPages?: boolean;
  signal?: AbortSignal;
  witnessed?: ChainEnd | null | undefined;
  keys?: PublicKeys | undefined;
  kept?: readonly Checkpoint[];
}

/** Whether a month was being dropped during a verification. Waits until that is done, but not for ever: anyone with access to the database can take the lock. */
async function hasChanged(db: Database, { dropped }: Verification, signal?: AbortSignal): Promise<boolean> {
  let wasLocked = false;
  for (
    let waited = 0;
    waited < LOCKED_SECONDS && (await queryOnce(db, isLeaseHeld(MONTHS_LEASE)));
    waited += 1
  ) {
    wasLocked = true;
    await sleep(1_000, undefined, { signal });
  }
  return wasLocked || (await queryOnce(db, readDropped())).length !== dropped.length;
}

async function verifyOnce(db: Database, options: Options): Promise<Verification> {
  const { page = PAGE, restBetweenPages = false, signal, witnessed, keys, kept = [] } = options;
  const dropped = await queryOnce(db, readDropped());
  const beginning = dropped.at(-1)?.last ?? { sequence: 0n, hash: GENESIS_HASH };
  const head = await queryOnce(db, readEnd());
  const checkpoints = await openCheckpoints(db, { keys, kept, beginning });
  let { hash } = beginning;
  let checked = 0;
  /** The sequence of the entry that was checked last. */
  let last = beginning.sequence;
  const outcome = (reason: string | null): Verification => ({
    ok: reason === null,
    checked,
    firstBreak: reason === null ? null : last + 1n,
    reason,
    head: { sequence: head.sequence, hash: head.hash.toString('hex') },
    checkpoints: checkpoints.agreed(),
    exported: checkpoints.exported(),
    dropped,
  });

  const faultAtBeginning = faultOfDropped(dropped, keys) ?? (await checkpoints.compareBeginning());
  if (faultAtBeginning !== null) return { ...outcome(faultAtBeginning), firstBreak: beginning.sequence };
  if (head.oldest !== null && head.oldest <= beginning.sequence)
    return { ...outcome('an entry was added before the beginning of the chain'), firstBreak: head.oldest };

  const pages = readPages(db, {
    after: beginning.sequence,
    head: head.sequence,
    size: page,
    ahead: !restBetweenPages,
  });
  for await (const { entries, concerns, hours, searched, sealed, tookMs } of pages) {
    signal?.throwIfAborted();
    const began = performance.now();
    const newest = entries.at(-1)?.sequence ?? last;
    // Later entries belong to the next verification.
    await checkpoints.readUpTo(newest < head.sequence ? newest : head.sequence);
    for (const entry of entries) {
      if (last === head.sequence) break;
      if (entry.sequence > head.sequence) return outcome('an entry is missing');
      hash = chainHash(hash, entry);
      if (!hash.equals(entry.hash)) {
        return outcome(
          entry.sequence === last + 1n ? 'an entry or its hash was changed' : 'an entry is missing',
        );
      }
      if (witnessed && isContradicted(witnessed, last, entry)) return outcome('the chain was rewritten');
      const contradiction = checkpoints.compare(entry);
      if (contradiction !== null) return outcome(contradiction);
      if (entry.family !== logFamilyOf(entry.action)) return outcome('the family of an entry was changed');
      if (entry.address !== signInAddress(entry)) return outcome('the address of an entry was changed');
      if (!hasConcerns(entry, concerns.get(entry.sequence)))
        return outcome('the readers of an entry were changed');
      if (!isInHour(entry, hours)) return outcome('an entry is hidden from time filters');
      const fault = sealed.faultOf(entry);
      if (fault !== null) return outcome(fault);
      if (!searched.finds(entry) || !sealed.finds(entry))
        return outcome('an entry is hidden from text searches');
      checked += 1;
      last = entry.sequence;
    }
    if (restBetweenPages) await sleep(tookMs + performance.now() - began);
  }
  if (last < head.sequence) return outcome('an entry is missing');
  if (!hash.equals(head.hash)) return outcome('the end of the chain was changed');
  if (witnessed && witnessed.sequence > last) return outcome('the end of the chain was cut off');
  const beyond = checkpoints.behindEnd();
  if (beyond !== null) return outcome(beyond);
  if (head.newest > head.sequence) return outcome('an entry was added behind the end of the chain');
  if (head.newestBlock >= completeBefore(head.sequence)) {
    return outcome('entries to come would be hidden from text searches');
  }
  const miscounted = await findMiscounted(db, { restBetweenPages, signal });
  if (miscounted === null) return outcome(null);
  return {
    ...outcome('the numbers of entries in the charts were changed'),
    firstBreak: miscounted.firstSequence ?? last + 1n,
  };
}

/** The fault in the months that were dropped; null if the bank dropped all of them, one after the other. */
function faultOfDropped(dropped: readonly MonthStatement[], keys: PublicKeys | undefined): string | null {
  let end: ChainEnd = { sequence: 0n, hash: GENESIS_HASH };
  for (const statement of dropped) {
    const { month, previous, last } = statement;
    if (keys !== undefined && !isMonthSignedBy(keys, 'dropped', statement))
      return `the log says that ${month} was dropped, which was not signed by the bank`;
    if (previous.sequence !== end.sequence || !previous.hash.equals(end.hash))
      return `the month before ${month} is missing among those that were dropped`;
    end = last;
  }
  return null;
}

/** Whether `entry`, the one after sequence `last`, has the place of another entry that is known from before. */
function isContradicted(witnessed: ChainEnd, last: bigint, entry: StoredEntry): boolean {
  if (witnessed.sequence <= last || witnessed.sequence > entry.sequence) return false;
  return witnessed.sequence !== entry.sequence || !witnessed.hash.equals(entry.hash);
}

/** Whether time filters find the entry: they only read the sequences that log_hours has for its hour. */
function isInHour(entry: StoredEntry, hours: Map<number, { first: bigint; last: bigint }>): boolean {
  const range = hours.get(hourOf(entry));
  return range !== undefined && range.first <= entry.sequence && entry.sequence <= range.last;
}

/** Whether the stored concerns of an entry are those that follow from it. */
function hasConcerns(entry: StoredEntry, stored: Map<string, Concern> = new Map()): boolean {
  const persons = (JSON.parse(entry.personal) as SealedParts).map(([id]) => id);
  const expected = concernedBy({ ...entry, concerns: JSON.parse(entry.concerns) }, persons);
  return (
    stored.size === expected.size &&
    [...expected].every(([id, { named, mayRead }]) => {
      const concern = stored.get(id);
      return concern?.named === named && concern.mayRead === mayRead;
    })
  );
}
