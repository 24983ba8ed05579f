import { type Database, queryOnce } from '@guichet/database';
import type { StoredEntry } from '../entries/store.ts';
import type { PersonalPart } from '../personal/rules.ts';
import { openPart, type SealedParts } from '../personal/sealing.ts';
import { findKeys, findKnown } from '../personal/store.ts';
import { personalWords } from '../search/entry-words.ts';
import { readWordsOf } from '../search/person-words-store.ts';

/** Checks of the sealed parts of the entries of a page. */
interface SealedChecks {
  /** Why a part of the entry cannot be read although its person was not forgotten; null if all can. */
  readonly faultOf: (entry: StoredEntry) => string | null;
  /** Whether text searches find the entry by what it says about persons; after `faultOf`. */
  readonly finds: (entry: StoredEntry) => boolean;
}

/** Reads what is needed to check the sealed parts of a page of entries. */
export async function readSealedParts(db: Database, entries: readonly StoredEntry[]): Promise<SealedChecks> {
  const parts = new Map(entries.map((entry) => [entry.id, JSON.parse(entry.personal) as SealedParts]));
  const partsOf = ({ id }: StoredEntry): SealedParts => parts.get(id) ?? [];
  const ids = [...new Set([...parts.values()].flat().map(([id]) => id))];
  if (ids.length === 0) return { faultOf: () => null, finds: () => true };
  const said = entries.flatMap((entry) =>
    partsOf(entry).map(([userId]) => ({ sequence: entry.sequence, userId })),
  );
  // Read before the keys: the person may be forgotten in between.
  const wordsOf = await queryOnce(db, readWordsOf(said));
  const keys = await queryOnce(db, findKeys(ids));
  // Read after the keys, for the same reason.
  const forgotten = ids.filter((id) => keys.get(id) === null);
  const known = forgotten.length === 0 ? new Set() : await queryOnce(db, findKnown(forgotten));
  const opened = new Map<string, PersonalPart>();
  return {
    faultOf(entry) {
      opened.clear();
      for (const [id, sealed] of partsOf(entry)) {
        const key = keys.get(id);
        if (key === undefined) return 'the key of a person is missing';
        if (key === null && known.has(id)) return 'the key of a person was destroyed without a deletion';
        const part = key ? tryToOpen(key, entry.id, id, sealed) : null;
        if (key && part === null) return 'the key of a person was changed';
        if (part !== null) opened.set(id, part);
      }
      return null;
    },
    finds(entry) {
      return [...opened].every(([id, part]) => {
        const words = wordsOf(entry.sequence, id);
        return personalWords(part).every((word) => words.has(word));
      });
    },
  };
}

function tryToOpen(...sealed: Parameters<typeof openPart>): PersonalPart | null {
  try {
    return openPart(...sealed);
  } catch {
    return null;
  }
}
