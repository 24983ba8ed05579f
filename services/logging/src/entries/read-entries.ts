import { queryOnce, type Readable } from '@guichet/database';
import { findMatches } from '../search/find-matches.ts';
import { planSearch } from '../search/plan-search.ts';
import { SEQUENCE_MAX, termsOf } from '../search/rules.ts';
import type { Bounds } from '../search/seek-ranges.ts';
import type { LogFilter } from './filter.ts';
import { sequencesOf } from './period-store.ts';
import { readShown } from './shown-store.ts';
import { type Slice, type StoredEntry, selectEntries } from './store.ts';

/** A page of the entries that match a filter, by keyset. */
export async function readEntries(db: Readable, filter: LogFilter, slice: Slice): Promise<StoredEntry[]> {
  const period = await sequencesOf(db, filter);
  if (period === null) return [];
  const { limit, order } = slice;
  const after = maxOf(slice.after ?? 0n, (period.first ?? 1n) - 1n);
  const before = minOf(slice.before ?? SEQUENCE_MAX, (period.last ?? SEQUENCE_MAX - 1n) + 1n);
  const bounds: Bounds = {
    order,
    after: after === 0n ? undefined : after,
    before: before === SEQUENCE_MAX ? undefined : before,
  };
  if (filter.text === null || termsOf(filter.text).length === 0)
    return queryOnce(db, selectEntries(filter, bounds, limit));
  const whole = { first: after + 1n, last: before - 1n };
  const plan = await planSearch(db, filter.text, { visibleTo: filter.visibleTo, whole });
  const shown = await readShown(db, { ...filter, actions: plan.actions }, bounds, limit);
  const edge = shown.length === limit ? shown.at(-1)?.sequence : undefined;
  const page: StoredEntry[] = [...shown];
  for await (const entries of findMatches(db, filter, plan, { ...within(bounds, edge), wanted: limit }))
    page.push(...entries);
  const sign = order === 'newest first' ? -1 : 1;
  return page.sort((a, b) => sign * Number(a.sequence - b.sequence)).slice(0, limit);
}

/** The bounds up to an entry that ends the page. */
function within(bounds: Bounds, edge: bigint | undefined): Bounds {
  if (edge === undefined) return bounds;
  return bounds.order === 'newest first' ? { ...bounds, after: edge } : { ...bounds, before: edge };
}

function maxOf(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

function minOf(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}
