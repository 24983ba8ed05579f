import { queryOnce, type Readable, type Transaction } from '@guichet/database';
import type { LogFilter } from '../entries/filter.ts';
import { presentEntry } from '../entries/present-entry.ts';
import { type StoredEntry, selectEntries } from '../entries/store.ts';
import { readUsernames } from '../people/store.ts';
import { openEntries } from '../personal/open-entries.ts';
import { matches } from './match-entry.ts';
import type { SearchPlan } from './plan-search.ts';
import { PERSON_SUBJECTS, type SoughtRange } from './rules.ts';
import { type Bounds, seekRanges } from './seek-ranges.ts';

/** The server plans each range on its own. */
const RANGES_PER_QUERY = 200;
const ENTRIES_PER_QUERY = 500;

/**
 * The entries of the other filters that have all terms of a search, and not all of them by their action, in pages and in the given order. Whether one has them can be seen only once
 * it is opened: what it says about persons is sealed.
 */
export async function* findMatches(
  db: Readable | Transaction,
  filter: LogFilter,
  plan: SearchPlan,
  bounds: Bounds,
): AsyncGenerator<StoredEntry[]> {
  for await (const ranges of rangesFor(db, filter, plan, bounds)) {
    for await (const entries of readRanges(db, { ...filter, text: null }, plan, bounds, ranges)) {
      const found = await keepMatching(db, entries, filter, plan);
      if (found.length > 0) yield found;
    }
  }
}

/** Ranges for one query each; null stands for all that the reader may read. */
async function* rangesFor(
  db: Readable | Transaction,
  { visibleTo }: LogFilter,
  plan: SearchPlan,
  bounds: Bounds,
): AsyncGenerator<readonly SoughtRange[] | null> {
  if (visibleTo !== null) {
    yield null;
    return;
  }
  for await (const ranges of seekRanges(db, plan, bounds)) {
    for (let from = 0; from < ranges.length; from += RANGES_PER_QUERY)
      yield ranges.slice(from, from + RANGES_PER_QUERY);
  }
}

async function* readRanges(
  db: Readable | Transaction,
  filter: LogFilter,
  { actions }: SearchPlan,
  bounds: Bounds,
  ranges: readonly SoughtRange[] | null,
): AsyncGenerator<StoredEntry[]> {
  let { after, before } = bounds;
  for (let limit = 64; ; limit = ENTRIES_PER_QUERY) {
    const slice = { after, before, order: bounds.order };
    const entries = await queryOnce(
      db,
      selectEntries({ ...filter, notActions: actions }, slice, limit, ranges),
    );
    yield entries;
    const last = entries.at(-1)?.sequence;
    if (entries.length < limit || last === undefined) return;
    if (bounds.order === 'newest first') before = last;
    else after = last;
  }
}

async function keepMatching(
  db: Readable | Transaction,
  entries: readonly StoredEntry[],
  { visibleTo }: LogFilter,
  { terms, audience }: SearchPlan,
): Promise<StoredEntry[]> {
  if (entries.length === 0) return [];
  const opened = await openEntries(db, entries);
  const usernames = await readUsernamesFor(db, entries, visibleTo);
  const sought = terms.map(({ term }) => term);
  return entries.filter((entry, index) => {
    const open = opened[index];
    if (open === undefined) return false;
    const readable = { view: presentEntry(open, visibleTo), template: entry.message, names: open.names };
    return matches(readable, sought, { audience, usernames });
  });
}

/** The current usernames of actors and subjects; of a member, only their own: the others' are not shown to them. */
async function readUsernamesFor(
  db: Readable | Transaction,
  entries: readonly StoredEntry[],
  visibleTo: string | null,
): Promise<ReadonlyMap<string, string>> {
  const ids = entries.flatMap(({ actor, subject }) => [
    ...(actor === null ? [] : [actor.id]),
    ...(subject !== null && PERSON_SUBJECTS.includes(subject.type) ? [subject.id] : []),
  ]);
  const readable = [...new Set(ids)].filter((id) => visibleTo === null || id === visibleTo);
  return readable.length === 0 ? new Map() : queryOnce(db, readUsernames(readable));
}
