import { queryOnce, type Readable, type Transaction } from '@guichet/database';
import type { LogFilter } from '../entries/filter.ts';
import { presentEntry } from '../entries/present-entry.ts';
import { type StoredEntry, selectEntries } from '../entries/store.ts';
import { readUsernames } from '../people/store.ts';
import { openEntries } from '../personal/open-entries.ts';
import { personsIn } from '../personal/sealing.ts';
import { publicWords } from './entry-words.ts';
import { matches } from './match-entry.ts';
import type { SearchPlan, TermPlan } from './plan-search.ts';
import { PERSON_SUBJECTS, piecesOf, type SoughtRange } from './rules.ts';
import { type Bounds, type Likely, seekRanges } from './seek-ranges.ts';

/** The server plans each range on its own. */
const RANGES_PER_QUERY = 200;
const FIRST_ENTRIES = 64;
const ENTRIES_PER_QUERY = 500;
/** Another query costs more than a few entries too many. */
const MARGIN = 1.25;

/**
 * The entries of the other filters that have all terms of a search, and not all of them by their action, in pages and in the given order; `wanted` of them, or a few more, or all. Whether one has them can be seen only once
 * it is opened: what it says about persons is sealed. So no more are read than will probably do, by how many of those before matched.
 */
export async function* findMatches(
  db: Readable | Transaction,
  filter: LogFilter,
  plan: SearchPlan,
  { wanted = Number.POSITIVE_INFINITY, ...bounds }: Bounds & { wanted?: number },
): AsyncGenerator<StoredEntry[]> {
  const others = { ...filter, text: null, notActions: plan.actions };
  let found = 0;
  let read = 0;
  const likely: Likely = (past) =>
    past === 0 ? 0 : Math.ceil(((wanted - found) * past * MARGIN) / Math.max(found, 1));
  const limit = () => Math.min(Math.max(likely(read), FIRST_ENTRIES), ENTRIES_PER_QUERY);
  for await (const ranges of rangesFor(db, filter, plan, { bounds, likely })) {
    for await (const entries of readRanges(db, others, bounds, { ranges, limit })) {
      const matching = await keepMatching(db, entries, filter, plan);
      read += entries.length;
      found += matching.length;
      if (matching.length > 0) yield matching;
      if (found >= wanted) return;
    }
  }
}

/** Ranges for one query each; null stands for all that the reader may read. */
async function* rangesFor(
  db: Readable | Transaction,
  { visibleTo }: LogFilter,
  plan: SearchPlan,
  { bounds, likely }: { bounds: Bounds; likely: Likely },
): AsyncGenerator<readonly SoughtRange[] | null> {
  if (visibleTo !== null) {
    yield null;
    return;
  }
  for await (const ranges of seekRanges(db, plan, bounds, likely)) {
    for (let from = 0; from < ranges.length; from += RANGES_PER_QUERY)
      yield ranges.slice(from, from + RANGES_PER_QUERY);
  }
}

async function* readRanges(
  db: Readable | Transaction,
  filter: LogFilter,
  bounds: Bounds,
  { ranges, limit }: { ranges: readonly SoughtRange[] | null; limit: () => number },
): AsyncGenerator<StoredEntry[]> {
  const slice = { ...bounds };
  for (;;) {
    const most = limit();
    const entries = await queryOnce(db, selectEntries(filter, slice, most, ranges));
    yield entries;
    const last = entries.at(-1)?.sequence;
    if (entries.length < most || last === undefined) return;
    if (bounds.order === 'newest first') slice.before = last;
    else slice.after = last;
  }
}

async function keepMatching(
  db: Readable | Transaction,
  read: readonly StoredEntry[],
  { visibleTo }: LogFilter,
  { terms, audience }: SearchPlan,
): Promise<StoredEntry[]> {
  const entries = read.filter((entry) => mayMatch(entry, terms));
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

/** Whether an entry may have all terms, by what is known without its persons' keys: opening it takes longer. */
function mayMatch(entry: StoredEntry, terms: readonly TermPlan[]): boolean {
  let words: string[] | null = null;
  const isPublic = (term: string): boolean => {
    words ??= publicWords(entry).words;
    return piecesOf(term).some((piece) => words?.some((word) => word.includes(piece)));
  };
  return terms.every(
    ({ term, actions, persons }) =>
      persons === null ||
      actions.includes(entry.action) ||
      personsOf(entry).some((id) => persons.has(id)) ||
      isPublic(term),
  );
}

function personsOf({ personal, actor, subject }: StoredEntry): string[] {
  return [...personsIn(personal), ...[actor?.id, subject?.id].filter((id) => id !== undefined)];
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
