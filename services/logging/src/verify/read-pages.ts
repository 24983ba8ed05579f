import { type Database, queryOnce } from '@guichet/database';
import { readChain, type StoredEntry } from '../entries/store.ts';
import { blockOf, firstOf, type SequenceRange } from '../search/rules.ts';
import { readSealedParts } from './sealed-parts.ts';
import { readSearchedWords } from './searched-words.ts';
import { readConcerns, readHours } from './store.ts';

/** The hours since 1970 until that of the entry. */
export function hourOf({ time }: StoredEntry): number {
  return Math.floor(time.getTime() / 3_600_000);
}

type Page = Awaited<ReturnType<typeof readPage>>;

/**
 * Reads the chain behind `after` up to `end` in pages of at most `size` entries, each with what finds its entries; `head` is the end of the whole chain. A page ends with a block of words if `size` is
 * that of some blocks, so that the words of each are read once. With `ahead`, the next page is read while one is checked.
 */
export async function* readPages(
  db: Database,
  {
    after,
    end,
    head,
    size,
    ahead,
  }: { after: bigint; end: bigint; head: bigint; size: number; ahead: boolean },
): AsyncGenerator<Page> {
  let hours: HourRanges = new Map();
  const read = (after: bigint): Promise<Page> => {
    const page = readPage(db, after, size, head, hours);
    // A page that no one waits for any more, because the check has ended, may fail.
    page.catch(() => undefined);
    return page;
  };
  let next: Promise<Page> | null = end <= after ? null : read(after);
  while (next !== null) {
    const page = await next;
    hours = page.hours;
    const last = page.entries.at(-1)?.sequence;
    if (last === undefined) return;
    const isLast = last >= end;
    next = ahead && !isLast ? read(last) : null;
    yield page;
    if (!ahead && !isLast) next = read(last);
  }
}

type HourRanges = ReadonlyMap<number, SequenceRange>;

/** @param known the hours of the page before: most entries of a page are in one of them, and what was read of it includes all entries up to `head` */
async function readPage(db: Database, after: bigint, size: number, head: bigint, known: HourRanges) {
  const began = performance.now();
  const beyondBlock = Number(after + 1n - firstOf(blockOf(after + 1n)));
  const entries = await queryOnce(db, readChain(after, Math.max(1, size - beyondBlock)));
  const [concerns, hours, searched, sealed] = await Promise.all([
    queryOnce(db, readConcerns(after, entries.at(-1)?.sequence ?? after)),
    readRanges(db, new Set(entries.map(hourOf)), known),
    readSearchedWords(db, entries, head),
    readSealedParts(db, entries),
  ]);
  return { entries, concerns, hours, searched, sealed, tookMs: performance.now() - began };
}

async function readRanges(db: Database, hours: ReadonlySet<number>, known: HourRanges): Promise<HourRanges> {
  const unknown = [...hours].filter((hour) => !known.has(hour));
  const read = unknown.length === 0 ? [] : await queryOnce(db, readHours(unknown));
  return new Map([...known, ...read].filter(([hour]) => hours.has(hour)));
}
