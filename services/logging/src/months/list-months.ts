import { type Database, queryOnce } from '@guichet/database';
import { readBefore, readHead } from '../entries/store.ts';
import { GENESIS_HASH } from '../intake/chain.ts';
import type { ChainEnd } from '../verify/head-witness.ts';
import { CLOCKS_DIFFER_MS, type Month, startOf } from './rules.ts';
import { readDropped, readMonths } from './store.ts';

/** A month that has begun in the log. */
export interface LogMonth {
  readonly month: Month;
  readonly first: bigint;
  /** The month that follows it in the log, with its first sequence; null if this one has not ended. */
  readonly next: { readonly month: Month; readonly first: bigint } | null;
  readonly exportedAt: Date | null;
  readonly isDropped: boolean;
}

/** The months of the log until the current one, oldest first. */
export async function listMonths(db: Database): Promise<LogMonth[]> {
  const { sequence: head } = await queryOnce(db, readHead());
  const dropped = new Set((await queryOnce(db, readDropped())).map(({ month }) => month));
  const months = await queryOnce(db, readMonths());
  return months
    .map(({ month, first, exportedAt }, index) => {
      const next = months[index + 1];
      const hasEnded = next !== undefined && next.first <= head;
      return {
        month,
        first,
        next: hasEnded ? { month: next.month, first: next.first } : null,
        exportedAt,
        isDropped: dropped.has(month),
      };
    })
    .filter(({ first }, index) => index === 0 || first <= head);
}

/** From when on the log has every entry: what was logged before, or just after, may have been dropped. */
export async function readReliableFrom(db: Database): Promise<Date> {
  const months = await listMonths(db);
  const oldest = months.find(({ isDropped }) => !isDropped);
  if (oldest === undefined || oldest === months[0]) return new Date(0);
  return new Date(startOf(oldest.month).getTime() + CLOCKS_DIFFER_MS);
}

/** The end of the chain before a sequence, also if the entries before it were dropped. */
export async function endBefore(db: Database, sequence: bigint): Promise<ChainEnd> {
  const stored = await queryOnce(db, readBefore(sequence));
  if (stored !== null) return stored;
  const dropped = (await queryOnce(db, readDropped())).filter(({ last }) => last.sequence < sequence).at(-1);
  return dropped?.last ?? { sequence: 0n, hash: GENESIS_HASH };
}
