import type { LogLevel } from '@guichet/contract';
import { type Actor, FIRST_WORDS_OF_TOPIC, type LogFamily, type LogTopic } from '@guichet/contract/events';
import {
  allOf,
  type Database,
  findsText,
  identifier,
  join,
  type Query,
  queryOnce,
  type Sql,
  select,
  sql,
  table,
} from '@guichet/database';
import type { ChainedEntry } from '../intake/chain.ts';
import type { LogFilter } from './filter.ts';

/** An entry as it is stored, with the columns that its hash does not cover. */
export interface StoredEntry extends ChainedEntry {
  readonly family: LogFamily | null;
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

/** A row of log_entries. */
interface EntryRow {
  sequence: bigint;
  id: string;
  time: Date;
  level: LogLevel;
  service: string;
  action: string;
  family: LogFamily | null;
  actorId: string | null;
  actorUsername: string | null;
  actorRole: Actor['role'] | null;
  subjectType: string | null;
  subjectId: string | null;
  operationId: string | null;
  concerns: string;
  correlationId: string | null;
  message: string;
  data: string;
  hash: Buffer;
}

const logEntries = table<EntryRow>('log_entries', {
  sequence: 'sequence',
  id: 'id',
  time: 'time',
  level: 'level',
  service: 'service',
  action: 'action',
  family: 'family',
  actorId: 'actor_id',
  actorUsername: 'actor_username',
  actorRole: 'actor_role',
  subjectType: 'subject_type',
  subjectId: 'subject_id',
  operationId: 'operation_id',
  concerns: 'concerns',
  correlationId: 'correlation_id',
  message: 'message',
  data: 'data',
  hash: 'hash',
});

/** The end of the chain: the newest sequence that is committed, and the hash of its entry. */
export interface ChainHead {
  sequence: bigint;
  hash: Buffer;
}

export const logChain = table<ChainHead>('log_chain', { sequence: 'sequence', hash: 'hash' });

/** @throws Error if the chain has no head */
export function existing(head: ChainHead | null): ChainHead {
  if (head === null) throw new Error('the chain has no head: the schema is not migrated');
  return head;
}

/** The end of the chain; sequence 0 for an empty log. */
export function readHead(): Query<ChainHead> {
  return logChain.find(sql`name = 'head'`).map(existing);
}

export function insertEntries(entries: readonly StoredEntry[]): Query<void> {
  return logEntries.insert(entries.map(toRow));
}

/** A page of the entries that match a filter, by keyset. */
export async function readEntries(db: Database, filter: LogFilter, slice: Slice): Promise<StoredEntry[]> {
  const range = await sequencesOf(db, filter);
  if (range === null) return [];
  // A user's entries are read by the key of log_concerns, which is in the order of the page.
  const sequence = sql`${identifier(personalOf(filter)[0]?.alias ?? 'log_entries')}.sequence`;
  const after = maxOf(slice.after, range.first === undefined ? undefined : range.first - 1n);
  const before = minOf(slice.before, range.last === undefined ? undefined : range.last + 1n);
  const { tables, where } = matching(filter);
  const inSlice = allOf(
    where,
    after === undefined ? undefined : sql`${sequence} > ${after}`,
    before === undefined ? undefined : sql`${sequence} < ${before}`,
  );
  return queryOnce(
    db,
    select(
      sql`SELECT ${logEntries.columns} FROM ${tables} WHERE ${inSlice}
        ORDER BY ${sequence} ${slice.order === 'newest first' ? sql`DESC` : sql`ASC`} LIMIT ${slice.limit}`,
      (rows: EntryRow[]) => rows.map(fromRow),
    ),
  );
}

/** Entries in the order of the chain, with no regard to who may read them. */
export function readChain(after: bigint, limit: number): Query<StoredEntry[]> {
  return logEntries
    .select(sql`sequence > ${after} ORDER BY sequence LIMIT ${limit}`)
    .map((rows) => rows.map(fromRow));
}

/**
 * FROM and WHERE of the entries that match a filter. Entries that concern a user are found in log_concerns, whose key is in the
 * order of the pages.
 */
export function matching(filter: LogFilter): { tables: Sql; where: Sql } {
  const personal = personalOf(filter).map(({ alias, userId, only }) => {
    const concerns = identifier(alias);
    return {
      table: sql` JOIN log_concerns AS ${concerns} ON ${concerns}.sequence = log_entries.sequence`,
      where: allOf(
        sql`${concerns}.user_id = ${userId}`,
        only === null ? undefined : sql`${concerns}.${identifier(only)} = 1`,
      ),
    };
  });
  const { action, family, topic, level, service, from, to, correlationId, operationId, text } = filter;
  return {
    tables: join([sql`log_entries`, ...personal.map((one) => one.table)], sql``),
    where: allOf(
      ...personal.map((one) => one.where),
      action === null ? undefined : sql`log_entries.action = ${action}`,
      family === null ? undefined : sql`log_entries.family = ${family}`,
      topic === null ? undefined : hasTopic(topic),
      level === null ? undefined : sql`log_entries.level = ${level}`,
      service === null ? undefined : sql`log_entries.service = ${service}`,
      from === null ? undefined : sql`log_entries.time >= ${from}`,
      to === null ? undefined : sql`log_entries.time < ${to}`,
      correlationId === null ? undefined : sql`log_entries.correlation_id = ${correlationId}`,
      operationId === null ? undefined : sql`log_entries.operation_id = ${operationId}`,
      text === null
        ? undefined
        : findsText(text, { containing: [sql`log_entries.message`, sql`log_entries.actor_username`] }),
    ),
  };
}

function hasTopic(topic: LogTopic): Sql {
  const firstWord = sql`SUBSTRING_INDEX(log_entries.action, '_', 1)`;
  return topic === 'security'
    ? sql`${firstWord} NOT IN (${Object.values(FIRST_WORDS_OF_TOPIC).flat()})`
    : sql`${firstWord} IN (${FIRST_WORDS_OF_TOPIC[topic]})`;
}

/** The users whose entries are requested, each with an alias of log_concerns and the column that must be set there. */
function personalOf({ visibleTo, namedUser, concernedUser }: LogFilter) {
  return [
    { alias: 'v', userId: visibleTo, only: 'may_read' },
    { alias: 'n', userId: namedUser, only: 'named' },
    { alias: 'c', userId: concernedUser, only: null },
  ].flatMap(({ userId, ...one }) => (userId === null ? [] : [{ ...one, userId }]));
}

/**
 * The range of sequences that contains every entry of the filter's period, from the ranges of its hours: pages are in the order of
 * sequences, so they can start at the period. Null if the period has no entries.
 */
async function sequencesOf(
  db: Database,
  filter: LogFilter,
): Promise<{ first?: bigint; last?: bigint } | null> {
  if (filter.from === null && filter.to === null) return {};
  const hours = allOf(
    filter.from === null ? undefined : sql`hour >= ${startOfHour(filter.from)}`,
    filter.to === null ? undefined : sql`hour < ${filter.to}`,
  );
  const [range] = await queryOnce(
    db,
    select<{ first: bigint | null; last: bigint | null }>(
      sql`SELECT MIN(first_sequence) AS first, MAX(last_sequence) AS last FROM log_hours WHERE ${hours}`,
    ),
  );
  if (range === undefined || range.first === null || range.last === null) return null;
  return { first: range.first, last: range.last };
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

function toRow({ actor, subject, ...entry }: StoredEntry): EntryRow {
  return {
    ...entry,
    actorId: actor?.id ?? null,
    actorUsername: actor?.username ?? null,
    actorRole: actor?.role ?? null,
    subjectType: subject?.type ?? null,
    subjectId: subject?.id ?? null,
  };
}

function fromRow(row: EntryRow): StoredEntry {
  const { actorId, actorUsername, actorRole, subjectType, subjectId, ...entry } = row;
  return {
    ...entry,
    actor:
      actorId === null ? null : { id: actorId, username: actorUsername ?? '', role: actorRole ?? 'member' },
    subject: subjectType === null ? null : { type: subjectType, id: subjectId ?? '' },
  };
}
