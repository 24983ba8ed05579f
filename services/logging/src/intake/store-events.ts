import { logFamilyOf, type ReceivedAuditEvent } from '@guichet/contract/events';
import { type Database, isDuplicateKey, queryOnce, type Transaction, transaction } from '@guichet/database';
import { insertEntries, type StoredEntry } from '../entries/store.ts';
import { blockOf, completeBefore, firstOf, listWords } from '../search/rules.ts';
import { type BlockWords, insertWords, readTexts } from '../search/store.ts';
import { addCounts } from '../stats/counts-store.ts';
import { chainHash } from './chain.ts';
import { concernedBy, operationOf } from './rules.ts';
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
 * Sequences become visible in order: after reading sequence n, a reader will never see a smaller one appear. They have no gaps, unless there are
 * rows behind the head that this service did not write: their sequences are skipped, and `verifyChain` reports the rows.
 */
export async function storeEvents(db: Database, events: readonly ReceivedAuditEvent[]): Promise<Stored> {
  try {
    return await transaction(db, (trx) => append(trx, events, new Set()));
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
    return transaction(db, async (trx) => append(trx, events, await findForeign(trx, events.length)));
  }
}

async function append(
  trx: Transaction,
  events: readonly ReceivedAuditEvent[],
  foreign: ReadonlySet<bigint>,
): Promise<Stored> {
  const head = await queryOnce(trx, lockHead());
  const known =
    events.length === 0 ? new Set<string>() : await queryOnce(trx, findStored(events.map(({ id }) => id)));
  const entries: StoredEntry[] = [];
  const concerns: ConcernRow[] = [];
  let { sequence, hash } = head;
  for (const event of events) {
    if (known.has(event.id)) continue;
    known.add(event.id);
    do sequence += 1n;
    while (foreign.has(sequence));
    const entry = toEntry(sequence, event);
    hash = chainHash(hash, entry);
    entries.push({ ...entry, family: logFamilyOf(event.action), hash });
    for (const [userId, concern] of concernedBy(event)) concerns.push({ userId, sequence, ...concern });
  }
  if (entries.length > 0) {
    const words = await collectWords(trx, head.sequence, entries);
    await trx.commit(
      insertEntries(entries),
      insertConcerns(concerns),
      widenHours(entries),
      addCounts(entries),
      insertWords(words),
      moveHead({ sequence, hash }),
    );
  }
  return { stored: entries.length, head: sequence, hash };
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
  const added = entries.map(({ sequence, message, actor }) => ({
    sequence,
    message,
    actorUsername: actor?.username ?? null,
  }));
  const blocks = Map.groupBy([...stored, ...added], ({ sequence }) => blockOf(sequence));
  return [...blocks]
    .filter(([block]) => block < to)
    .map(([block, texts]) => ({ block, words: listWords(texts) }));
}

// A lone surrogate has no UTF-8 form: the database would return another text than the one that was hashed.
function toEntry(sequence: bigint, event: ReceivedAuditEvent) {
  return {
    sequence,
    id: event.id,
    time: new Date(event.time),
    level: event.level,
    service: event.service,
    action: event.action,
    actor: event.actor === null ? null : { ...event.actor, username: event.actor.username.toWellFormed() },
    subject: event.subject,
    operationId: operationOf(event),
    concerns: JSON.stringify([...new Set(event.concerns)].sort()),
    correlationId: event.correlation_id,
    message: event.message.toWellFormed(),
    data: JSON.stringify(event.data),
  };
}
