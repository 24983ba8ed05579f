import { type Database, queryOnce } from '@guichet/database';
import type { StoredEntry } from '../entries/store.ts';
import type { PersonalPart } from '../personal/rules.ts';
import {
  openPart,
  type PersonKey,
  type PersonSecret,
  type SealedParts,
  secretOf,
} from '../personal/sealing.ts';
import { findKnown } from '../personal/store.ts';
import { personalWords } from '../search/entry-words.ts';
import { type KnownPerson, monthOf, readKnownPersons } from '../search/person-words-store.ts';

/** Checks of the sealed parts of the entries of a page. */
interface SealedChecks {
  readonly personsOf: (entry: StoredEntry) => readonly string[];
  /** Why a part of the entry cannot be read although its person was not forgotten; null if all can. */
  readonly faultOf: (entry: StoredEntry) => string | null;
  /** Whether text searches find the entry by what it says about persons; after `faultOf`. */
  readonly finds: (entry: StoredEntry) => boolean;
}

/** The sealed parts of an entry, parsed. */
interface Parsed {
  readonly parts: SealedParts;
  readonly persons: readonly string[];
  readonly month: bigint;
}

/** Reads what is needed to check the sealed parts of a page of entries. */
export async function readSealedParts(db: Database, entries: readonly StoredEntry[]): Promise<SealedChecks> {
  const parsed = new Map<bigint, Parsed>(
    entries.map(({ sequence, personal }) => {
      const parts = JSON.parse(personal) as SealedParts;
      return [sequence, { parts, persons: parts.map(([id]) => id), month: monthOf(sequence) }];
    }),
  );
  const months = new Map<bigint, ReadonlyMap<string, KnownPerson>>();
  const forgotten = new Set<string>();
  for (const [month, some] of Map.groupBy(parsed.values(), ({ month }) => month)) {
    const persons = [...new Set(some.flatMap(({ persons }) => persons))];
    if (persons.length === 0) continue;
    const known = await queryOnce(db, readKnownPersons(month, persons));
    months.set(month, known);
    for (const [id, { key }] of known) if (key === null) forgotten.add(id);
  }
  // Read after the keys: the person may be forgotten in between.
  const named = forgotten.size === 0 ? new Set() : await queryOnce(db, findKnown([...forgotten]));
  const secrets = new Map<PersonKey, PersonSecret>();
  const secretFor = (key: PersonKey): PersonSecret => {
    const secret = secrets.get(key) ?? secretOf(key);
    secrets.set(key, secret);
    return secret;
  };
  const opened: { part: PersonalPart; person: KnownPerson }[] = [];
  return {
    personsOf: ({ sequence }) => parsed.get(sequence)?.persons ?? [],
    faultOf({ id: entryId, sequence }) {
      opened.length = 0;
      const { parts, month } = parsed.get(sequence) ?? { parts: [], month: 0n };
      for (const [id, sealed] of parts) {
        const person = months.get(month)?.get(id);
        if (person === undefined) return 'the key of a person is missing';
        const { key } = person;
        if (key === null && named.has(id)) return 'the key of a person was destroyed without a deletion';
        const part = key === null ? null : tryToOpen(secretFor(key), entryId, id, sealed);
        if (key !== null && part === null) return 'the key of a person was changed';
        if (part !== null) opened.push({ part, person });
      }
      return null;
    },
    finds: () =>
      opened.every(({ part, person }) => personalWords(part).every((word) => person.words.has(word))),
  };
}

function tryToOpen(...sealed: Parameters<typeof openPart>): PersonalPart | null {
  try {
    return openPart(...sealed);
  } catch {
    return null;
  }
}
