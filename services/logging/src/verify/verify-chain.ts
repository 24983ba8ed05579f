import { setTimeout as sleep } from 'node:timers/promises';
import { logFamilyOf } from '@guichet/contract/events';
import { type Database, queryOnce } from '@guichet/database';
import { readChain, type StoredEntry } from '../entries/store.ts';
import { chainHash, GENESIS_HASH } from '../intake/chain.ts';
import { concernedBy } from '../intake/rules.ts';
import type { ChainEnd } from './head-witness.ts';
import { readEnd, readHours, readReaders } from './store.ts';

/** What a walk along the chain found. */
export interface Verdict {
  readonly ok: boolean;
  /** Entries that were read and found as they were stored. */
  readonly checked: number;
  /** The sequence at which the chain breaks. */
  readonly firstBreak: bigint | null;
  readonly reason: string | null;
  /** The end of the chain when the walk began: whoever notes it elsewhere can tell a later cut of the end. */
  readonly head: { readonly sequence: bigint; readonly hash: string };
}

const PAGE = 1_000;

/**
 * Walks the chain from its first entry to the one that was the newest when the walk began, and stops at the first entry that is
 * missing, changed, added, or hidden from users who may read it or from the filters of time. A gap in the sequences is not a break if the hashes
 * match across it. With `witnessed`, a previously known end of the chain must still be part of it. With `restBetweenPages` it leaves half the time
 * to others.
 * @throws where `signal` is aborted
 */
export async function verifyChain(
  db: Database,
  options: {
    page?: number;
    restBetweenPages?: boolean;
    signal?: AbortSignal;
    witnessed?: ChainEnd | null | undefined;
  } = {},
): Promise<Verdict> {
  const { page = PAGE, restBetweenPages = false, signal, witnessed } = options;
  const head = await queryOnce(db, readEnd());
  let hash = GENESIS_HASH;
  let checked = 0;
  /** The sequence of the entry that was checked last. */
  let last = 0n;
  const verdict = (reason: string | null): Verdict => ({
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
    const readers = await queryOnce(db, readReaders(last, entries.at(-1)?.sequence ?? last));
    const hours = await queryOnce(db, readHours([...new Set(entries.map(hourOf))]));
    for (const entry of entries) {
      if (last === head.sequence) break;
      if (entry.sequence > head.sequence) return verdict('an entry is missing');
      hash = chainHash(hash, entry);
      if (!hash.equals(entry.hash)) {
        return verdict(
          entry.sequence === last + 1n
            ? 'an entry, or the hash beside it, was changed'
            : 'an entry is missing',
        );
      }
      if (witnessed && isContradicted(witnessed, last, entry)) return verdict('the chain was written anew');
      if (entry.family !== logFamilyOf(entry.action)) return verdict('the family of an entry was changed');
      if (!isReadBy(entry, readers.get(entry.sequence)))
        return verdict('the readers of an entry were changed');
      if (!isInHour(entry, hours)) return verdict('an entry is hidden from the filters of time');
      checked += 1;
      last = entry.sequence;
    }
    if (entries.length === 0) return verdict('an entry is missing');
    if (restBetweenPages) await sleep(performance.now() - began);
  }
  if (!hash.equals(head.hash)) return verdict('the end of the chain was changed');
  if (witnessed && witnessed.sequence > last) return verdict('the end of the chain was cut off');
  if (head.newest > head.sequence) return verdict('an entry was added behind the end of the chain');
  return verdict(null);
}

/** Whether `entry`, the one after sequence `last`, stands where another entry was known to stand. */
function isContradicted(witnessed: ChainEnd, last: bigint, entry: StoredEntry): boolean {
  if (witnessed.sequence <= last || witnessed.sequence > entry.sequence) return false;
  return witnessed.sequence !== entry.sequence || !witnessed.hash.equals(entry.hash);
}

function hourOf({ time }: StoredEntry): number {
  return Math.floor(time.getTime() / 3_600_000);
}

/** Whether the filters of time find the entry, which skip to the sequences that each hour claims. */
function isInHour(entry: StoredEntry, hours: Map<number, { first: bigint; last: bigint }>): boolean {
  const run = hours.get(hourOf(entry));
  return run !== undefined && run.first <= entry.sequence && entry.sequence <= run.last;
}

function isReadBy(entry: StoredEntry, readers: Map<string, { named: boolean }> = new Map()): boolean {
  const expected = concernedBy({ ...entry, concerns: JSON.parse(entry.concerns) });
  return (
    readers.size === expected.size &&
    [...expected].every(([id, { named }]) => readers.get(id)?.named === named)
  );
}
