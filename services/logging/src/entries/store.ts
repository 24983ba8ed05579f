import { type Database, findsText, sql } from '@guichet/database';
import type { Actor, LogLevel } from '@guichet/events';
import type { Knex } from 'knex';
import type { ChainedEntry } from '../intake/chain.ts';
import type { LogFilter } from './filter.ts';
import type { Family } from './rules.ts';

/** An entry as it was stored, with what stands beside it. */
export interface StoredEntry extends ChainedEntry {
  readonly family: Family | null;
  readonly hash: Buffer;
}

export interface Slice {
  readonly order: 'newest first' | 'oldest first';
  /** Only sequences above this. */
  readonly after?: bigint;
  /** Only sequences below this. */
  readonly before?: bigint;
  readonly limit: number;
}

interface EntryColumns {
  sequence: bigint;
  id: string;
  time: Date;
  level: LogLevel;
  service: string;
  action: string;
  family: Family | null;
  actor_id: string | null;
  actor_username: string | null;
  actor_role: Actor['role'] | null;
  subject_type: string | null;
  subject_id: string | null;
  operation_id: string | null;
  concerns: string;
  correlation_id: string | null;
  message: string;
  data: string;
  hash: Buffer;
}

/** The newest sequence that is committed; 0 for an empty log. */
export async function readHead(db: Database): Promise<{ sequence: bigint; hash: Buffer }> {
  const row = await db('log_chain')
    .where({ name: 'head' })
    .first<{ sequence: bigint; hash: Buffer }>('sequence', 'hash');
  if (row === undefined) throw new Error('the chain has no head: the schema is not migrated');
  return row;
}

/** A run of the entries that a filter lets through, by keyset. */
export async function readEntries(db: Database, filter: LogFilter, slice: Slice): Promise<StoredEntry[]> {
  const run = await sequencesOf(db, filter);
  if (run === null) return [];
  // Somebody's entries are walked along their own index, which has them in the order of the page.
  const sequence = `${personalOf(filter)[0]?.alias ?? 'e'}.sequence`;
  const query = matching(db, filter)
    .select('e.*')
    .orderBy(sequence, slice.order === 'newest first' ? 'desc' : 'asc')
    .limit(slice.limit);
  const after = maxOf(slice.after, run.first === undefined ? undefined : run.first - 1n);
  const before = minOf(slice.before, run.last === undefined ? undefined : run.last + 1n);
  if (after !== undefined) query.where(sequence, '>', String(after));
  if (before !== undefined) query.where(sequence, '<', String(before));
  return ((await query) as EntryColumns[]).map(fromColumns);
}

/** Entries as they stand in the chain, whoever may read them. */
export async function readChain(db: Database, after: bigint, limit: number): Promise<StoredEntry[]> {
  const rows = await db('log_entries').where('sequence', '>', String(after)).orderBy('sequence').limit(limit);
  return (rows as EntryColumns[]).map(fromColumns);
}

/**
 * The entries that a filter lets through, as a query still to be given its columns: `e` is log_entries. Whose entries are asked
 * for is answered by log_concerns, whose key is in the order of the pages.
 */
export function matching(db: Database, filter: LogFilter): Knex.QueryBuilder {
  const query = db('log_entries as e');
  for (const { alias, userId, named } of personalOf(filter)) {
    query
      .join(`log_concerns as ${alias}`, `${alias}.sequence`, 'e.sequence')
      .where(`${alias}.user_id`, userId);
    if (named) query.where(`${alias}.named`, true);
  }
  if (filter.action !== null) query.where('e.action', filter.action);
  if (filter.family !== null) query.where('e.family', filter.family);
  if (filter.level !== null) query.where('e.level', filter.level);
  if (filter.service !== null) query.where('e.service', filter.service);
  if (filter.from !== null) query.where('e.time', '>=', filter.from);
  if (filter.to !== null) query.where('e.time', '<', filter.to);
  if (filter.correlationId !== null) query.where('e.correlation_id', filter.correlationId);
  if (filter.operationId !== null) query.where('e.operation_id', filter.operationId);
  if (filter.text !== null) {
    const found = findsText(filter.text, { containing: [sql`e.message`, sql`e.actor_username`] });
    query.whereRaw(found.text.replaceAll('?', '\\?'));
  }
  return query;
}

/** Whose entries are asked for, each by an alias of log_concerns. */
function personalOf({ visibleTo, namedUser, concernedUser }: LogFilter) {
  return [
    { alias: 'v', userId: visibleTo, named: false },
    { alias: 'n', userId: namedUser, named: true },
    { alias: 'c', userId: concernedUser, named: false },
  ].flatMap(({ userId, ...one }) => (userId === null ? [] : [{ ...one, userId }]));
}

/**
 * The run of sequences outside which no entry of the period stands, from the hours' own runs: pages are in order of sequence, and
 * this lets them skip to the period at once. Null where the period holds nothing.
 */
async function sequencesOf(
  db: Database,
  filter: LogFilter,
): Promise<{ first?: bigint; last?: bigint } | null> {
  if (filter.from === null && filter.to === null) return {};
  const query = db('log_hours').min({ first: 'first_sequence' }).max({ last: 'last_sequence' });
  if (filter.from !== null) query.where('hour', '>=', startOfHour(filter.from));
  if (filter.to !== null) query.where('hour', '<', filter.to);
  const [run] = (await query) as { first: bigint | null; last: bigint | null }[];
  if (run === undefined || run.first === null || run.last === null) return null;
  return { first: BigInt(run.first), last: BigInt(run.last) };
}

function startOfHour(time: Date): Date {
  return new Date(Math.floor(time.getTime() / 3_600_000) * 3_600_000);
}

function maxOf(a: bigint | undefined, b: bigint | undefined): bigint | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a > b ? a : b;
}

function minOf(a: bigint | undefined, b: bigint | undefined): bigint | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return a < b ? a : b;
}

function fromColumns(row: EntryColumns): StoredEntry {
  return {
    sequence: BigInt(row.sequence),
    id: row.id,
    time: row.time,
    level: row.level,
    service: row.service,
    action: row.action,
    family: row.family,
    actor:
      row.actor_id === null
        ? null
        : { id: row.actor_id, username: row.actor_username ?? '', role: row.actor_role ?? 'member' },
    subject: row.subject_type === null ? null : { type: row.subject_type, id: row.subject_id ?? '' },
    operationId: row.operation_id,
    concerns: row.concerns,
    correlationId: row.correlation_id,
    message: row.message,
    data: row.data,
    hash: row.hash,
  };
}
