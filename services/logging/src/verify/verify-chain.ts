import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '@guichet/database';
import { familyOf } from '../entries/rules.ts';
import { readChain, readHead, type StoredEntry } from '../entries/store.ts';
import { chainHash, GENESIS_HASH } from '../intake/chain.ts';
import { concernedBy } from '../intake/rules.ts';
import { readReaders } from './store.ts';

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
 * missing, changed, or hidden from those who may read it. With `restBetweenPages` it leaves half the time to others.
 * @throws where `signal` is aborted
 */
export async function verifyChain(
  db: Database,
  options: { page?: number; restBetweenPages?: boolean; signal?: AbortSignal } = {},
): Promise<Verdict> {
  const { page = PAGE, restBetweenPages = false, signal } = options;
  const head = await readHead(db);
  let hash = GENESIS_HASH;
  let checked = 0n;
  const verdict = (reason: string | null): Verdict => ({
    ok: reason === null,
    checked: Number(checked),
    firstBreak: reason === null ? null : checked + 1n,
    reason,
    head: { sequence: head.sequence, hash: head.hash.toString('hex') },
  });

  while (checked < head.sequence) {
    signal?.throwIfAborted();
    const began = performance.now();
    const entries = await readChain(db, checked, page);
    const readers = await readReaders(db, checked, checked + BigInt(page));
    for (const entry of entries) {
      if (checked === head.sequence) break;
      if (entry.sequence !== checked + 1n) return verdict('an entry is missing');
      hash = chainHash(hash, entry);
      if (!hash.equals(entry.hash)) return verdict('an entry, or the hash beside it, was changed');
      if (entry.family !== familyOf(entry.action)) return verdict('the family of an entry was changed');
      if (!isReadBy(entry, readers.get(entry.sequence)))
        return verdict('the readers of an entry were changed');
      checked += 1n;
    }
    if (entries.length === 0) return verdict('an entry is missing');
    if (restBetweenPages) await sleep(performance.now() - began);
  }
  if (!hash.equals(head.hash)) return verdict('the end of the chain was changed');
  return verdict(null);
}

function isReadBy(entry: StoredEntry, readers: Map<string, { named: boolean }> = new Map()): boolean {
  const expected = concernedBy({ ...entry, concerns: JSON.parse(entry.concerns) });
  return (
    readers.size === expected.size &&
    [...expected].every(([id, { named }]) => readers.get(id)?.named === named)
  );
}
