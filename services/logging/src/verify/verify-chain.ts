import { setTimeout as sleep } from 'node:timers/promises';
import { logFamilyOf } from '@guichet/contract/events';
import { type Database, queryOnce } from '@guichet/database';
import { readChain, type StoredEntry } from '../entries/store.ts';
import { chainHash, GENESIS_HASH } from '../intake/chain.ts';
import { type Concern, concernedBy } from '../intake/rules.ts';
import { signInAddress } from '../intake/sign-in-address.ts';
import { completeBefore } from '../search/rules.ts';
import { findMiscounted } from './find-miscounted.ts';
import type { ChainEnd } from './head-witness.ts';
import { readSealedParts } from './sealed-parts.ts';
import { readSearchedWords } from './searched-words.ts';
import { readConcerns, readEnd, readHours } from './store.ts';

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
}

const PAGE = 1_000;

/**
 * Verifies the chain from its first entry to the one that was the newest at the start, and stops at the first entry that is missing, changed, added,
 * hidden from users who may read it, from time filters or from text searches, or unreadable although its persons were not forgotten. Then it counts the entries of the charts again. A gap in the sequences
 * is not a break if the hashes match across it. `witnessed`: an end of the chain known from before, which must still be part of it.
 * `restBetweenPages`: pause after each page for as long as the page took.
 * @throws the reason of `signal` when it is aborted
 */
export async function verifyChain(
  db: Database,
  options: {
    page?: number;
    restBetweenPages?: boolean;
    signal?: AbortSignal;
    witnessed?: ChainEnd | null | undefined;
  } = {},
): Promise<Verification> {
  const { page = PAGE, restBetweenPages = false, signal, witnessed } = options;
  const head = await queryOnce(db, readEnd());
  let hash = GENESIS_HASH;
  let checked = 0;
  /** The sequence of the entry that was checked last. */
  let last = 0n;
  const outcome = (reason: string | null): Verification => ({
    ok: reason === null,
    checked,
    firstBreak: reason === null ? null : last + 1n,
    reason,
    head: { sequence: head.sequence, hash: head.hash.toString('hex') },
  });

  while (last < head.sequence) {
    signal?.throwIfAborted();
    const began = performance.now();
    const entries = await queryOnce(db, readChain(last, page));
    const concerns = await queryOnce(db, readConcerns(last, entries.at(-1)?.sequence ?? last));
    const hours = await queryOnce(db, readHours([...new Set(entries.map(hourOf))]));
    const searched = await readSearchedWords(db, entries, head.sequence);
    const sealed = await readSealedParts(db, entries);
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
      if (entry.family !== logFamilyOf(entry.action)) return outcome('the family of an entry was changed');
      if (entry.address !== signInAddress(entry)) return outcome('the address of an entry was changed');
      if (!hasConcerns(entry, concerns.get(entry.sequence)))
        return outcome('the readers of an entry were changed');
      if (!isInHour(entry, hours)) return outcome('an entry is hidden from time filters');
      if (!searched.finds(entry)) return outcome('an entry is hidden from text searches');
      const fault = sealed.faultOf(entry);
      if (fault !== null) return outcome(fault);
      checked += 1;
      last = entry.sequence;
    }
    if (entries.length === 0) return outcome('an entry is missing');
    if (restBetweenPages) await sleep(performance.now() - began);
  }
  if (!hash.equals(head.hash)) return outcome('the end of the chain was changed');
  if (witnessed && witnessed.sequence > last) return outcome('the end of the chain was cut off');
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

/** Whether `entry`, the one after sequence `last`, has the place of another entry that is known from before. */
function isContradicted(witnessed: ChainEnd, last: bigint, entry: StoredEntry): boolean {
  if (witnessed.sequence <= last || witnessed.sequence > entry.sequence) return false;
  return witnessed.sequence !== entry.sequence || !witnessed.hash.equals(entry.hash);
}

function hourOf({ time }: StoredEntry): number {
  return Math.floor(time.getTime() / 3_600_000);
}

/** Whether time filters find the entry: they only read the sequences that log_hours has for its hour. */
function isInHour(entry: StoredEntry, hours: Map<number, { first: bigint; last: bigint }>): boolean {
  const range = hours.get(hourOf(entry));
  return range !== undefined && range.first <= entry.sequence && entry.sequence <= range.last;
}

/** Whether the stored concerns of an entry are those that follow from it. */
function hasConcerns(entry: StoredEntry, stored: Map<string, Concern> = new Map()): boolean {
  const expected = concernedBy({ ...entry, concerns: JSON.parse(entry.concerns) });
  return (
    stored.size === expected.size &&
    [...expected].every(([id, { named, mayRead }]) => {
      const concern = stored.get(id);
      return concern?.named === named && concern.mayRead === mayRead;
    })
  );
}
