import { setTimeout as sleep } from 'node:timers/promises';
import { type Database, isLeaseHeld, queryOnce } from '@guichet/database';
import {
  type Checkpoint,
  isMonthSignedBy,
  type MonthStatement,
  type PublicKeys,
} from '@guichet/log-checkpoints';
import { GENESIS_HASH } from '../intake/chain.ts';
import { MONTHS_LEASE, readDropped } from '../months/store.ts';
import { completeBefore } from '../search/rules.ts';
import { findMiscounted } from './find-miscounted.ts';
import type { ChainEnd } from './head-witness.ts';
import { compareBeginning, describe, readBeyond } from './known-checkpoints.ts';
import { planRanges } from './plan-ranges.ts';
import { readEnd } from './store.ts';
import { type ChainRange, type RangeOutcome, verifyRange } from './verify-range.ts';
import { type Threads, verifyInThreads } from './verify-threads.ts';

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
/** A quarter of a second in one thread. */
const RANGE = 4_096;
/** Fewer are verified before a thread has started. */
const RANGES_FOR_THREADS = 4;
const ATTEMPTS = 3;
/** Longer than it takes to drop a month. */
const LOCKED_SECONDS = 300;

/**
 * Verifies the chain from its first entry, or from the one after the months that were dropped, to the one that was the newest at the start, and stops at the first entry that is missing, changed, added,
 * hidden from users who may read it, from time filters or from text searches, or unreadable although its persons were not forgotten. Then it counts the entries of the charts again. A gap in the sequences
 * is not a break if the hashes match across it. `witnessed`: an end of the chain known from before, which must still be part of it. `keys`: those of the bank, which must
 * have signed every checkpoint in the database, and what it says about dropped months; the chain must agree with each. `kept`: checkpoints that were kept elsewhere and are signed by the bank, with which it must agree too.
 * `restBetweenPages`: pause after each page for as long as the page took. `threads`: where to verify a long chain.
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
  /** Null: all in this thread. */
  threads?: Threads | null;
  rangeSize?: number;
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
  const { threads = null, restBetweenPages = false, signal } = options;
  const stop = new AbortController();
  const signals = [stop.signal, ...(signal === undefined ? [] : [signal])];
  const count = () => findMiscounted(db, { restBetweenPages, signal: AbortSignal.any(signals) });
  // While others verify the entries, this thread has nothing else to do.
  const beside = threads === null ? null : count();
  const ended = beside?.catch(() => undefined);
  try {
    return await verifyEntries(db, options, () => beside ?? count());
  } finally {
    stop.abort();
    await ended;
  }
}

/** `countAgain`: the outcome of counting the entries of the charts again. */
async function verifyEntries(
  db: Database,
  options: Options,
  countAgain: () => ReturnType<typeof findMiscounted>,
): Promise<Verification> {
  const { witnessed, keys, kept = [] } = options;
  const dropped = await queryOnce(db, readDropped());
  const beginning = dropped.at(-1)?.last ?? { sequence: 0n, hash: GENESIS_HASH };
  const head = await queryOnce(db, readEnd());
  const beyond = await readBeyond(db, { keys, kept });
  /** The last entry that was verified. */
  let last: ChainEnd = beginning;
  let checked = 0;
  let agreed = 0;
  const outcome = (reason: string | null): Verification => ({
    ok: reason === null,
    checked,
    firstBreak: reason === null ? null : last.sequence + 1n,
    reason,
    head: { sequence: head.sequence, hash: head.hash.toString('hex') },
    checkpoints: agreed,
    exported: kept.filter(({ sequence }) => sequence < beginning.sequence).length,
    dropped,
  });

  const atBeginning = await compareBeginning(db, { keys, kept, beginning });
  agreed += atBeginning.agreed;
  let { proven } = atBeginning;
  const faultAtBeginning = faultOfDropped(dropped, keys) ?? atBeginning.fault;
  if (faultAtBeginning !== null)
    return { ...outcome(describe(faultAtBeginning, null)), firstBreak: beginning.sequence };
  if (head.oldest !== null && head.oldest <= beginning.sequence)
    return { ...outcome('an entry was added before the beginning of the chain'), firstBreak: head.oldest };

  for await (const { range, outcome: found } of verifyRanges(db, beginning, head, options)) {
    // Nothing but an intruder changes the end of a range while those around it are verified.
    if (range.begin.sequence !== last.sequence || !range.begin.hash.equals(last.hash))
      return outcome('an entry or its hash was changed');
    checked += found.checked;
    agreed += found.agreement.agreed;
    last = found.last;
    if (found.fault !== null) return outcome(describe(found.fault, proven));
    proven = found.agreement.proven ?? proven;
  }
  if (last.sequence < head.sequence) return outcome('an entry is missing');
  if (!last.hash.equals(head.hash)) return outcome('the end of the chain was changed');
  if (witnessed && witnessed.sequence > last.sequence) return outcome('the end of the chain was cut off');
  const faultBehind = beyond.faultBehind(last.sequence);
  if (faultBehind !== null) return outcome(faultBehind);
  if (head.newest > head.sequence) return outcome('an entry was added behind the end of the chain');
  if (head.newestBlock >= completeBefore(head.sequence)) {
    return outcome('entries to come would be hidden from text searches');
  }
  const miscounted = await countAgain();
  if (miscounted === null) return outcome(null);
  return {
    ...outcome('the numbers of entries in the charts were changed'),
    firstBreak: miscounted.firstSequence ?? last.sequence + 1n,
  };
}

/** Verifies the entries of the chain in ranges, in its order: all of them at once, or in threads if they are many. */
async function* verifyRanges(
  db: Database,
  begin: ChainEnd,
  { sequence: head }: ChainEnd,
  { threads = null, rangeSize = RANGE, page = PAGE, keys, kept = [], witnessed = null, ...pace }: Options,
): AsyncGenerator<{ range: ChainRange; outcome: RangeOutcome }> {
  const options = { head, page, keys, kept, witnessed, ...pace };
  const planned = planRanges(db, { begin, head, size: rangeSize });
  const first = threads === null ? [] : await takeSome(planned, RANGES_FOR_THREADS);
  if (threads !== null && first.length === RANGES_FOR_THREADS) {
    yield* verifyInThreads(continued(first, planned), threads, options);
    return;
  }
  const range = { begin, end: head };
  yield { range, outcome: await verifyRange(db, range, options) };
}

async function takeSome<Item>(items: AsyncIterator<Item>, count: number): Promise<Item[]> {
  const taken: Item[] = [];
  while (taken.length < count) {
    const next = await items.next();
    if (next.done) break;
    taken.push(next.value);
  }
  return taken;
}

async function* continued<Item>(first: readonly Item[], rest: AsyncIterable<Item>): AsyncGenerator<Item> {
  yield* first;
  yield* rest;
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
