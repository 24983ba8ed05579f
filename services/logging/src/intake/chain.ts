import { hash } from 'node:crypto';
import type { LogLevel } from '@guichet/contract';
import type { Actor } from '@guichet/contract/events';

/** The fields of a log entry that its hash covers. */
export interface ChainedEntry {
  readonly sequence: bigint;
  readonly id: string;
  readonly time: Date;
  readonly level: LogLevel;
  readonly service: string;
  readonly action: string;
  readonly actor: Pick<Actor, 'id' | 'role'> | null;
  readonly subject: { readonly type: string; readonly id: string } | null;
  readonly operationId: string | null;
  /** Ids of users, sorted, as JSON text. */
  readonly concerns: string;
  readonly correlationId: string | null;
  /** The trace that the event is a part of, in hexadecimal. */
  readonly traceId: string | null;
  /** With slots in place of names. */
  readonly message: string;
  /** JSON text, byte for byte as it was first stored, without the fields that are about persons. */
  readonly data: string;
  /** SealedParts as JSON text: forgetting a person destroys the key to their part, and changes no entry. */
  readonly personal: string;
}

/** The `previous` hash of the first entry. */
export const GENESIS_HASH: Buffer = Buffer.alloc(32);

/** The entry as its hash covers it: a JSON array of its fields in the order of this function (docs/log-chain.md). */
export function canonicalForm(entry: ChainedEntry): string {
  return JSON.stringify([
    entry.sequence.toString(),
    entry.id,
    entry.time.toISOString(),
    entry.level,
    entry.service,
    entry.action,
    entry.actor === null ? null : [entry.actor.id, entry.actor.role],
    entry.subject === null ? null : [entry.subject.type, entry.subject.id],
    entry.operationId,
    entry.concerns,
    entry.correlationId,
    entry.traceId,
    entry.message,
    entry.data,
    entry.personal,
  ]);
}

/**
 * SHA-256 over the hash of the previous entry and the entry's canonical form. Changing, removing, inserting or reordering an entry makes every later hash
 * wrong.
 */
export function chainHash(previous: Buffer, entry: ChainedEntry): Buffer {
  return hashOver(previous, Buffer.from(canonicalForm(entry), 'utf8'));
}

/** The same for the canonical form of an entry. */
export function hashOver(previous: Buffer, canonical: Uint8Array): Buffer {
  return hash('sha256', Buffer.concat([previous, canonical]), 'buffer');
}
