import { type Database, queryOnce } from '@guichet/database';
import type { StoredEntry } from '../entries/store.ts';
import { openPart, type SealedParts } from '../personal/sealing.ts';
import { findKeys, findKnown } from '../personal/store.ts';

/** Reads what is needed to check the sealed parts of a page of entries. */
export async function readSealedParts(
  db: Database,
  entries: readonly StoredEntry[],
): Promise<{ faultOf: (entry: StoredEntry) => string | null }> {
  const partsOf = ({ personal }: StoredEntry) => JSON.parse(personal) as SealedParts;
  const ids = [...new Set(entries.flatMap(partsOf).map(([id]) => id))];
  if (ids.length === 0) return { faultOf: () => null };
  const keys = await queryOnce(db, findKeys(ids));
  // Read after the keys: the person may be forgotten in between.
  const forgotten = ids.filter((id) => keys.get(id) === null);
  const known = forgotten.length === 0 ? new Set() : await queryOnce(db, findKnown(forgotten));
  return {
    /** Why a part of the entry cannot be read although its person was not forgotten; null if all can. */
    faultOf(entry) {
      for (const [id, sealed] of partsOf(entry)) {
        const key = keys.get(id);
        if (key === undefined) return 'the key of a person is missing';
        if (key === null && known.has(id)) return 'the key of a person was destroyed without a deletion';
        if (key && !opens(key, entry.id, id, sealed)) return 'the key of a person was changed';
      }
      return null;
    },
  };
}

function opens(...sealed: Parameters<typeof openPart>): boolean {
  try {
    openPart(...sealed);
    return true;
  } catch {
    return false;
  }
}
