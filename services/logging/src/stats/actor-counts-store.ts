import { change, type Query, queryOnce, select, sql, type Transaction, table } from '@guichet/database';
import type { LogFilter } from '../entries/filter.ts';
import { sequencesOf } from '../entries/period-store.ts';
import type { StoredEntry } from '../entries/store.ts';
import { SEQUENCE_MAX, type SequenceRange } from '../search/rules.ts';
import { type Acted, ActorCounts, kindKey, packActors } from './actor-counts.ts';
import { countActors } from './group-counts-store.ts';
import type { KindCount, NamedSlot } from './rules.ts';

/** The sequences of a row: those of a month are a multiple of them, so that a row belongs to one month. */
const BLOCK_ENTRIES = 512n;
const BLOCKS_AT_ONCE = 256;
/** The server plans each range on its own. */
const RANGES_PER_QUERY = 50;
/** More than any log has. */
const ACTORS_MAX = 2 ** 31;

/** The numbers of entries of a complete block, by kind and actor. Entries of blocks without a row are counted one by one. */
export interface ActorBlock {
  /** sequence DIV BLOCK_ENTRIES */
  block: bigint;
  /** The time of the earliest entry, and of the latest one. */
  firstTime: Date;
  lastTime: Date;
  counts: Uint8Array;
}

const logActorCounts = table<ActorBlock>('log_actor_counts', {
  block: 'block',
  firstTime: 'first_time',
  lastTime: 'last_time',
  counts: 'counts',
});

export function firstOfActors(block: bigint): bigint {
  return block * BLOCK_ENTRIES;
}

/** The blocks that `entries` complete; the first of them may have begun before `head`, with other batches. */
export async function collectActors(
  trx: Transaction,
  head: bigint,
  entries: readonly StoredEntry[],
): Promise<ActorBlock[]> {
  const first = (head + 1n) / BLOCK_ENTRIES;
  const end = ((entries.at(-1)?.sequence ?? head) + 1n) / BLOCK_ENTRIES;
  if (first === end) return [];
  const stored = await queryOnce(trx, readActed({ first: firstOfActors(first), last: head }));
  const added = entries.map((entry) => ({ ...entry, actorId: entry.actor?.id ?? null }));
  return packBlocks([...stored, ...added]).filter(({ block }) => block < end);
}

/** Entries as the rows of their blocks, in rising order. */
export function packBlocks(entries: readonly Acted[]): ActorBlock[] {
  return [...Map.groupBy(entries, ({ sequence }) => sequence / BLOCK_ENTRIES)].map(([block, some]) => {
    const times = some.map(({ time }) => time.getTime());
    return {
      block,
      firstTime: new Date(Math.min(...times)),
      lastTime: new Date(Math.max(...times)),
      counts: packActors(some),
    };
  });
}

export function readActed({ first, last }: SequenceRange): Query<Acted[]> {
  return select(
    sql`SELECT sequence, time, level, service, action, actor_id AS actorId FROM log_entries
      WHERE sequence BETWEEN ${first} AND ${last} ORDER BY sequence`,
  );
}

/** Stores the numbers of complete blocks. A row that is already there is not the service's own, and is replaced. */
export function insertActors(blocks: readonly ActorBlock[]): Query<void> {
  return logActorCounts.upsert(
    blocks,
    ['block', 'firstTime', 'lastTime', 'counts'],
    sql`first_time = VALUES(first_time), last_time = VALUES(last_time), counts = VALUES(counts)`,
  );
}

/** The next blocks from `first` to `last` that have a row. */
export function readActorBlocks({ first, last }: SequenceRange, limit: number): Query<ActorBlock[]> {
  return logActorCounts.select(sql`block BETWEEN ${first} AND ${last} ORDER BY block LIMIT ${limit}`);
}

/** Removes some of the numbers of the entries before a sequence, which is in the first block of a month. @returns how many rows */
export function deleteActorsBefore(sequence: bigint, limit: number): Query<number> {
  return change(
    sql`DELETE FROM log_actor_counts WHERE block < ${sequence / BLOCK_ENTRIES} ORDER BY block LIMIT ${limit}`,
  );
}

/**
 * Counts the entries of a filter by who acted, for a filter that names nothing but kinds and a period: blocks whose entries are all in the period by their stored
 * numbers, and the entries of the others one by one. `kinds` are those of the filter's entries; `found` is added to them.
 */
export async function sumActors(
  trx: Transaction,
  filter: LogFilter,
  { kinds, found }: { kinds: readonly KindCount[]; found: readonly NamedSlot[] },
  limit: number,
): Promise<{ key: string; count: number }[]> {
  const wanted = new Set(
    kinds.filter(({ action }) => filter.actions === null || filter.actions.includes(action)).map(kindKey),
  );
  const counts = new ActorCounts();
  for (const { name, count } of found) counts.add(name, count);
  const period = await sequencesOf(trx, filter);
  if (period === null) return counts.largest(limit);
  const range = { first: period.first ?? 1n, last: period.last ?? SEQUENCE_MAX - 1n };
  const others: SequenceRange[] = [];
  const last = range.last / BLOCK_ENTRIES;
  let next = range.first;
  for (let first = range.first / BLOCK_ENTRIES; first <= last; ) {
    const blocks = await queryOnce(trx, readActorBlocks({ first, last }, BLOCKS_AT_ONCE));
    for (const one of blocks) {
      if (!isWithin(one, filter)) continue;
      counts.addPacked(Buffer.from(one.counts.buffer, one.counts.byteOffset, one.counts.byteLength), (kind) =>
        wanted.has(kind),
      );
      const begin = firstOfActors(one.block);
      if (begin > next) others.push({ first: next, last: begin - 1n });
      next = begin + BLOCK_ENTRIES;
    }
    const newest = blocks.at(-1)?.block;
    if (blocks.length < BLOCKS_AT_ONCE || newest === undefined) break;
    first = newest + 1n;
  }
  if (next <= range.last) others.push({ first: next, last: range.last });
  for (let from = 0; from < others.length; from += RANGES_PER_QUERY) {
    const some = others.slice(from, from + RANGES_PER_QUERY);
    for (const { key, count } of await queryOnce(trx, countActors(filter, some, ACTORS_MAX)))
      counts.add(key, count);
  }
  return counts.largest(limit);
}

function isWithin(
  { firstTime, lastTime }: ActorBlock,
  { from, to }: Pick<LogFilter, 'from' | 'to'>,
): boolean {
  return (from === null || firstTime >= from) && (to === null || lastTime < to);
}
