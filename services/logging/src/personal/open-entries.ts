import type { Actor } from '@guichet/contract/events';
import { FORGOTTEN } from '@guichet/contract/logging';
import { queryOnce, type Readable, type Transaction } from '@guichet/database';
import type { StoredEntry } from '../entries/store.ts';
import { type PersonalPart, readMessage } from './rules.ts';
import { openPart, type SealedParts, secretOf } from './sealing.ts';
import { findKeys, type PersonKeys } from './store.ts';

/** An entry with what it says about persons who were not forgotten. */
export interface OpenEntry extends Omit<StoredEntry, 'actor' | 'data' | 'personal'> {
  readonly actor: Actor | null;
  readonly data: Record<string, unknown>;
  /** The names in its message that can be read. */
  readonly names: readonly string[];
}

/** Opens what entries say about persons. */
export async function openEntries(
  db: Readable | Transaction,
  entries: readonly StoredEntry[],
): Promise<OpenEntry[]> {
  const sealed = entries.map(({ personal }) => JSON.parse(personal) as SealedParts);
  const ids = new Set(sealed.flat().map(([id]) => id));
  const keys: PersonKeys = ids.size === 0 ? new Map() : await queryOnce(db, findKeys([...ids]));
  return entries.map((entry, index) => openEntry(entry, openParts(entry.id, sealed[index] ?? [], keys)));
}

function openEntry({ personal: _, ...entry }: StoredEntry, parts: Map<string, PersonalPart>): OpenEntry {
  const { actor, message } = entry;
  const username = actor === null ? undefined : parts.get(actor.id)?.username;
  return {
    ...entry,
    actor: actor === null ? null : { ...actor, username: username ?? FORGOTTEN },
    message: readMessage(message, parts.values()),
    names: [...parts.values()].flatMap((part) => Object.values(part.names ?? {})),
    data: Object.assign(JSON.parse(entry.data), ...[...parts.values()].map((part) => part.data)),
  };
}

function openParts(entryId: string, sealed: SealedParts, keys: PersonKeys): Map<string, PersonalPart> {
  const parts = new Map<string, PersonalPart>();
  for (const [id, text] of sealed) {
    const key = keys.get(id);
    const part = key ? tryToOpen(secretOf(key), entryId, id, text) : null;
    if (part !== null) parts.set(id, part);
  }
  return parts;
}

/** A part that was tampered with hides no entry from its readers: `verifyChain` reports it. */
function tryToOpen(...sealed: Parameters<typeof openPart>): PersonalPart | null {
  try {
    return openPart(...sealed);
  } catch {
    return null;
  }
}
