import { type Database, queryOnce } from '@guichet/database';
import { readChain, type StoredEntry } from '../entries/store.ts';
import { blockOf, firstOf } from '../search/rules.ts';
import { readSealedParts } from './sealed-parts.ts';
import { readSearchedWords } from './searched-words.ts';
import { readConcerns, readHours } from './store.ts';

/** The hours since 1970 until that of the entry. */
export function hourOf({ time }: StoredEntry): number {
  return Math.floor(time.getTime() / 3_600_000);
}

type Page = Awaited<ReturnType<typeof readPage>>;

/**
 * Reads the chain behind `after` up to `head` in pages of at most `size` entries, each with what finds its entries. A page ends with a block of words if `size` is
 * that of some blocks, so that the words of each are read once. With `ahead`, the next page is read while one is checked.
 */
export async function* readPages(
  db: Database,
  { after, head, size, ahead }: { after: bigint; head: bigint; size: number; ahead: boolean },
): AsyncGenerator<Page> {
  const read = (after: bigint): Promise<Page> => {
    const page = readPage(db, after, size, head);
    // A page that no one waits for any more, because the check has ended, may fail.
    page.catch(() => undefined);
    return page;
  };
  let next: Promise<Page> | null = head <= after ? null : read(after);
  while (next !== null) {
    const page = await next;
    const last = page.entries.at(-1)?.sequence;
    if (last === undefined) return;
    const isLast = last >= head;
    next = ahead && !isLast ? read(last) : null;
    yield page;
    if (!ahead && !isLast) next = read(last);
  }
}

async function readPage(db: Database, after: bigint, size: number, head: bigint) {
  const began = performance.now();
  const beyondBlock = Number(after + 1n - firstOf(blockOf(after + 1n)));
  const entries = await queryOnce(db, readChain(after, Math.max(1, size - beyondBlock)));
  const [concerns, hours, searched, sealed] = await Promise.all([
    queryOnce(db, readConcerns(after, entries.at(-1)?.sequence ?? after)),
    queryOnce(db, readHours([...new Set(entries.map(hourOf))])),
    readSearchedWords(db, entries, head),
    readSealedParts(db, entries),
  ]);
  return { entries, concerns, hours, searched, sealed, tookMs: performance.now() - began };
}
