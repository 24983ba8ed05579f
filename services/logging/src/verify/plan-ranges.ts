import { type Database, queryOnce } from '@guichet/database';
import { readBefore, readChain } from '../entries/store.ts';
import { blockOf, firstOf } from '../search/rules.ts';
import type { ChainEnd } from './head-witness.ts';
import type { ChainRange } from './verify-range.ts';

/** Splits the chain behind `begin` up to `head` into ranges of about `size` entries, which end where a block of words does if they are longer than one. The last one ends at `head`, whether it is there or not. */
export async function* planRanges(
  db: Database,
  { begin, head, size }: { begin: ChainEnd; head: bigint; size: number },
): AsyncGenerator<ChainRange> {
  for (let next = begin; next.sequence < head; ) {
    const end = await findEnd(db, next.sequence, { head, size });
    yield { begin: next, end: end?.sequence ?? head };
    if (end === null) return;
    next = end;
  }
}

/** The entry with which a range behind `after` ends; null if that is the end of the chain. */
async function findEnd(
  db: Database,
  after: bigint,
  { head, size }: { head: bigint; size: number },
): Promise<ChainEnd | null> {
  // Sequences skip numbers between two months.
  const [first] = await queryOnce(db, readChain(after, 1));
  if (first === undefined) return null;
  const beyond = first.sequence + BigInt(size);
  const ofBlock = firstOf(blockOf(beyond));
  const limit = ofBlock > first.sequence ? ofBlock : beyond;
  if (limit > head) return null;
  const last = await queryOnce(db, readBefore(limit));
  return last !== null && last.sequence >= first.sequence && last.sequence < head ? last : null;
}
