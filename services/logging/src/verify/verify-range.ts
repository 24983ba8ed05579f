import { setTimeout as sleep } from 'node:timers/promises';
import { logFamilyOf } from '@guichet/contract/events';
import type { Database } from '@guichet/database';
import type { Checkpoint, PublicKeys } from '@guichet/log-checkpoints';
import type { StoredEntry } from '../entries/store.ts';
import { chainHash } from '../intake/chain.ts';
import { type Concern, concernedBy } from '../intake/rules.ts';
import { signInAddress } from '../intake/sign-in-address.ts';
import type { SequenceRange } from '../search/rules.ts';
import type { ChainEnd } from './head-witness.ts';
import { type Agreement, type Contradiction, openCheckpoints } from './known-checkpoints.ts';
import { hourOf, readPages } from './read-pages.ts';

/** Entries that follow each other in the chain. */
export interface ChainRange {
  /** The entry before them, as it is stored: whether it is right is known once the range before was verified. */
  readonly begin: ChainEnd;
  /** The sequence of the last of them. */
  readonly end: bigint;
}

export interface RangeOptions {
  /** The sequence of the newest entry when the verification began. */
  readonly head: bigint;
  readonly keys: PublicKeys | undefined;
  readonly kept: readonly Checkpoint[];
  readonly witnessed: ChainEnd | null;
  readonly page: number;
  readonly restBetweenPages?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** The outcome of verifying a range. */
export interface RangeOutcome {
  /** How many entries are as they were stored. */
  readonly checked: number;
  /** The last of them, or the beginning. */
  readonly last: ChainEnd;
  /** The first fault, which is in the entry after `last`; null if there is none. */
  readonly fault: string | Contradiction | null;
  readonly agreement: Agreement;
}

/**
 * Verifies the entries of a range one by one, and stops at the first that is missing, changed, added, hidden from users who may read it, from time filters or from text
 * searches, or unreadable although its persons were not forgotten.
 * @throws the reason of `signal` when it is aborted
 */
export async function verifyRange(
  db: Database,
  { begin, end }: ChainRange,
  { head, keys, kept, witnessed, page, restBetweenPages = false, signal }: RangeOptions,
): Promise<RangeOutcome> {
  const checkpoints = openCheckpoints(db, { keys, kept, after: begin.sequence });
  let checked = 0;
  let { sequence: last, hash } = begin;
  const outcome = (fault: RangeOutcome['fault']): RangeOutcome => {
    const { agreed, proven } = checkpoints.agreement();
    return { checked, last: { sequence: last, hash }, fault, agreement: { agreed, proven } };
  };

  const pages = readPages(db, { after: begin.sequence, end, head, size: page, ahead: !restBetweenPages });
  for await (const { entries, concerns, hours, searched, sealed, tookMs } of pages) {
    signal?.throwIfAborted();
    const began = performance.now();
    const newest = entries.at(-1)?.sequence ?? last;
    // Later entries belong to the next range, or to the next verification.
    await checkpoints.readUpTo(newest < end ? newest : end);
    for (const entry of entries) {
      if (last === end) break;
      if (entry.sequence > end) return outcome('an entry is missing');
      const next = chainHash(hash, entry);
      if (!next.equals(entry.hash)) {
        return outcome(
          entry.sequence === last + 1n ? 'an entry or its hash was changed' : 'an entry is missing',
        );
      }
      if (witnessed !== null && isContradicted(witnessed, last, entry))
        return outcome('the chain was rewritten');
      const contradiction = checkpoints.compare(entry);
      if (contradiction !== null) return outcome(contradiction);
      if (entry.family !== logFamilyOf(entry.action)) return outcome('the family of an entry was changed');
      if (entry.address !== signInAddress(entry)) return outcome('the address of an entry was changed');
      const persons = sealed.personsOf(entry);
      if (!hasConcerns(entry, persons, concerns.get(entry.sequence)))
        return outcome('the readers of an entry were changed');
      if (!isInHour(entry, hours)) return outcome('an entry is hidden from time filters');
      const fault = sealed.faultOf(entry);
      if (fault !== null) return outcome(fault);
      if (!searched.finds(entry, persons) || !sealed.finds(entry))
        return outcome('an entry is hidden from text searches');
      checked += 1;
      last = entry.sequence;
      hash = next;
    }
    if (restBetweenPages) await sleep(tookMs + performance.now() - began);
  }
  return outcome(last < end ? 'an entry is missing' : null);
}

/** Whether `entry`, the one after sequence `last`, has the place of another entry that is known from before. */
function isContradicted(witnessed: ChainEnd, last: bigint, entry: StoredEntry): boolean {
  if (witnessed.sequence <= last || witnessed.sequence > entry.sequence) return false;
  return witnessed.sequence !== entry.sequence || !witnessed.hash.equals(entry.hash);
}

/** Whether time filters find the entry: they only read the sequences that log_hours has for its hour. */
function isInHour(entry: StoredEntry, hours: ReadonlyMap<number, SequenceRange>): boolean {
  const range = hours.get(hourOf(entry));
  return range !== undefined && range.first <= entry.sequence && entry.sequence <= range.last;
}

/** Whether the stored concerns of an entry are those that follow from it. */
function hasConcerns(
  entry: StoredEntry,
  persons: readonly string[],
  stored: Map<string, Concern> = new Map(),
): boolean {
  const expected = concernedBy({ ...entry, concerns: JSON.parse(entry.concerns) }, persons);
  return (
    stored.size === expected.size &&
    [...expected].every(([id, { named, mayRead }]) => {
      const concern = stored.get(id);
      return concern?.named === named && concern.mayRead === mayRead;
    })
  );
}
