import { type Database, queryOnce } from '@guichet/database';
import { type StoredEntry, toSearched } from '../entries/store.ts';
import { blockOf, completeBefore, readList, wordsIn } from '../search/rules.ts';
import { readWords } from '../search/store.ts';

/** Reads the words by which text searches find the entries of a page; `head` is the end of the chain when the verification began. */
export async function readSearchedWords(
  db: Database,
  entries: readonly StoredEntry[],
  head: bigint,
): Promise<{ finds: (entry: StoredEntry, persons: readonly string[]) => boolean }> {
  const [first, last] = [entries[0]?.sequence ?? 0n, entries.at(-1)?.sequence ?? 0n];
  const words = await queryOnce(db, readWords({ first: blockOf(first), last: blockOf(last) }));
  const lists = new Map([...words].map(([block, list]) => [block, readList(list)]));
  return {
    finds(entry, persons) {
      const { sequence } = entry;
      const block = blockOf(sequence);
      // The newest entries are searched one by one.
      if (block >= completeBefore(head)) return true;
      const known = lists.get(block);
      return (
        known !== undefined && wordsIn(toSearched(entry, persons)).every((word) => known.has(sequence, word))
      );
    },
  };
}
