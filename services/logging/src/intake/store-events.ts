import { logFamilyOf, type ReceivedAuditEvent } from '@guichet/contract/events';
import {
  constant,
  type Database,
  isDuplicateKey,
  query,
  queryOnce,
  type Transaction,
  type TransactionQuery,
  transaction,
} from '@guichet/database';
import { traceIdOf } from '@guichet/tracing';
import { insertEntries, type StoredEntry, toSearched } from '../entries/store.ts';
import { firstSequenceAt, storedFrom } from '../months/rules.ts';
import { readMonths } from '../months/store.ts';
import { type PersonalPart, type Split, splitEvent } from '../personal/rules.ts';
import { personsIn, type SealedParts, sealPart } from '../personal/sealing.ts';
import { findKeys, giveKeys, type PersonKeys } from '../personal/store.ts';
import { personalWords } from '../search/entry-words.ts';
import { WordsOfPersons } from '../search/person-words-store.ts';
import { blockOf, completeBefore, firstOf, listWords } from '../search/rules.ts';
import { type BlockWords, insertWords, readTexts } from '../search/store.ts';
import { collectActors, insertActors } from '../stats/actor-counts-store.ts';
import { addCounts } from '../stats/counts-store.ts';
import { addGroupCounts } from '../stats/group-counts-store.ts';
import { chainHash } from './chain.ts';
import { concernedBy, operationOf } from './rules.ts';
import { signInAddress } from './sign-in-address.ts';
import {
  type ConcernRow,
  findForeign,
  findStored,
  insertConcerns,
  lockHead,
  moveHead,
  widenHours,
} from './store.ts';

export interface Stored {
  /** How many entries are new in the log; the others were stored before. */
  readonly stored: number;
  /** The newest sequence of the log. */
  readonly head: bigint;
  /** The hash of that entry. */
  readonly hash: Buffer;
}

/**
 * Adds a batch to the end of the chain in one transaction; events that the log already has, and duplicates in the batch, are left out.
 * Sequences become visible in order: after reading sequence n, a reader will never see a smaller one appear. The first entry of a month has the first
 * sequence of that month, which is far behind that of the entry before. Otherwise they have no gaps, unless there are rows behind the head that this service
 * did not write: their sequences are skipped, and `verifyChain` reports the rows. What is stored `together` with them is committed with new entries.
 */
export async function storeEvents(
  db: Database,
  events: readonly ReceivedAuditEvent[],
  now = new Date(),
  together: readonly TransactionQuery<unknown>[] = [],
): Promise<Stored> {
  try {
    return await transaction(db, (trx) => append(trx, { events, now, together, hasForeign: false }));
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
    return transaction(db, (trx) => append(trx, { events, now, together, hasForeign: true }));
  }
}

async function append(
  trx: Transaction,
  {
    events,
    now,
    together,
    hasForeign,
  }: {
    events: readonly ReceivedAuditEvent[];
    now: Date;
    together: readonly TransactionQuery<unknown>[];
    hasForeign: boolean;
  },
): Promise<Stored> {
  const [head, months] = await query(trx, lockHead(), readMonths());
  if (events.length === 0) return { stored: 0, head: head.sequence, hash: head.hash };
  const splits = new Map(events.map((event) => [event, splitEvent(event)]));
  const persons = [...new Set([...splits.values()].flatMap(({ parts }) => [...parts.keys()]))].sort();
  const [known, givenKeys] = await query(
    trx,
    findStored(
      events.map(({ id }) => id),
      { first: storedFrom(months, oldestOf(events)), last: head.sequence },
    ),
    persons.length === 0 ? constant<PersonKeys>(new Map()) : findKeys(persons),
  );
  const keys = await giveKeys(trx, persons, givenKeys);
  const entries: StoredEntry[] = [];
  const concerns: ConcernRow[] = [];
  const said = new WordsOfPersons();
  let { hash } = head;
  let sequence = maxOf(head.sequence, firstSequenceAt(months, now) - 1n);
  const foreign = hasForeign ? await findForeign(trx, sequence, events.length) : new Set();
  for (const event of events) {
    if (known.has(event.id)) continue;
    known.add(event.id);
    do sequence += 1n;
    while (foreign.has(sequence));
    const split = splits.get(event) as Split;
    // What is about deleted users is left out.
    const kept = [...split.parts].filter(([id]) => Boolean(keys.get(id)));
    const entry = toEntry(sequence, event, split, sealParts(event.id, kept, keys));
    for (const [id, part] of kept) said.add(sequence, id, personalWords(part));
    hash = chainHash(hash, entry);
    entries.push({ ...entry, family: logFamilyOf(event.action), address: signInAddress(entry), hash });
    const persons = kept.map(([id]) => id);
    for (const [userId, concern] of concernedBy(event, persons))
      concerns.push({ userId, sequence, ...concern });
  }
  if (entries.length > 0) {
    const words = await collectWords(trx, head.sequence, entries);
    const actors = await collectActors(trx, head.sequence, entries);
    const stored = await queryOnce(trx, said.readStored());
    await trx.commit(
      ...together,
      insertEntries(entries),
      insertConcerns(concerns),
      widenHours(entries),
      addCounts(entries),
      addGroupCounts(entries),
      insertActors(actors),
      insertWords(words),
      said.insertMissing(stored),
      moveHead({ sequence, hash }),
    );
  }
  return { stored: entries.length, head: entries.at(-1)?.sequence ?? head.sequence, hash };
}

function oldestOf(events: readonly ReceivedAuditEvent[]): Date {
  return new Date(Math.min(...events.map(({ time }) => Date.parse(time))));
}

function maxOf(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

/** The words of the blocks that the new entries complete. The first of them may have begun before `head`, with other batches. */
async function collectWords(
  trx: Transaction,
  head: bigint,
  entries: readonly StoredEntry[],
): Promise<BlockWords[]> {
  const [from, to] = [completeBefore(head), completeBefore(entries.at(-1)?.sequence ?? head)];
  if (from === to) return [];
  const stored = await queryOnce(trx, readTexts({ first: firstOf(from), last: head }));
  const added = entries.map((entry) => toSearched(entry, personsIn(entry.personal)));
  const blocks = Map.groupBy([...stored, ...added], ({ sequence }) => blockOf(sequence));
  return [...blocks]
    .filter(([block]) => block < to)
    .map(([block, texts]) => ({ block, words: listWords(texts) }));
}

// A lone surrogate has no UTF-8 form: the database would return another text than the one that was hashed.
function toEntry(
  sequence: bigint,
  event: ReceivedAuditEvent,
  { data }: Pick<Split, 'data'>,
  personal: SealedParts,
) {
  return {
    sequence,
    id: event.id,
    time: new Date(event.time),
    level: event.level,
    service: event.service,
    action: event.action,
    actor: event.actor === null ? null : { id: event.actor.id, role: event.actor.role },
    subject: event.subject,
    operationId: operationOf(event),
    concerns: JSON.stringify([...new Set(event.concerns)].sort()),
    correlationId: event.correlation_id,
    traceId: event.traceparent == null ? null : traceIdOf(event.traceparent),
    message: event.message.toWellFormed(),
    data: JSON.stringify(data),
    personal: JSON.stringify(personal),
  };
}

/** Seals the parts of an event that are about persons. */
function sealParts(
  entryId: string,
  parts: readonly (readonly [string, PersonalPart])[],
  keys: PersonKeys,
): SealedParts {
  return parts
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([id, part]) => {
      const key = keys.get(id);
      return key ? [[id, sealPart(key, entryId, id, part)] as const] : [];
    });
}
