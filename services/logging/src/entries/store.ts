import type { LogLevel } from '@guichet/contract';
import { type Actor, actionsOfOutcome, DECISION_ACTIONS, type LogFamily } from '@guichet/contract/events';
import {
  allOf,
  identifier,
  join,
  type Query,
  type Read,
  type Sql,
  select,
  sql,
  table,
} from '@guichet/database';
import type { ChainedEntry } from '../intake/chain.ts';
import type { Searched, SoughtRange } from '../search/rules.ts';
import type { Bounds } from '../search/seek-ranges.ts';
import { inRanges } from '../search/store.ts';
import type { LogFilter } from './filter.ts';
import { hasTopic } from './topic-store.ts';

/** An entry as it is stored, with the columns that its hash does not cover. */
export interface StoredEntry extends ChainedEntry {
  readonly family: LogFamily | null;
  /** The network address of a failed sign-in. */
  readonly address: string | null;
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
  address: string | null;
  actorId: string | null;
  actorRole: Actor['role'] | null;
  subjectType: string | null;
  subjectId: string | null;
  operationId: string | null;
  concerns: string;
  correlationId: string | null;
  traceId: string | null;
  message: string;
  data: string;
  personal: string;
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
  address: 'address',
  actorId: 'actor_id',
  actorRole: 'actor_role',
  subjectType: 'subject_type',
  subjectId: 'subject_id',
  operationId: 'operation_id',
  concerns: 'concerns',
  correlationId: 'correlation_id',
  traceId: 'trace_id',
  message: 'message',
  data: 'data',
  personal: 'personal',
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

/** A page of the entries that match all filters except a text; within `ranges` if they are given. */
export function selectEntries(
  filter: LogFilter,
  { after, before, order }: Bounds,
  limit: number,
  ranges: readonly SoughtRange[] | null = null,
): Read<StoredEntry[]> {
  const sequence = sequenceOf(filter);
  const { tables, where } = matching(filter, ranges);
  const inSlice = allOf(
    where,
    after === undefined ? undefined : sql`${sequence} > ${after}`,
    before === undefined ? undefined : sql`${sequence} < ${before}`,
  );
  return select(
    sql`SELECT ${logEntries.columns} FROM ${tables} WHERE ${inSlice}
      ORDER BY ${sequence} ${order === 'newest first' ? sql`DESC` : sql`ASC`} LIMIT ${limit}`,
    (rows: EntryRow[]) => rows.map(fromRow),
  );
}

/** The entries with these sequences, in rising order. */
export function entriesAt(sequences: readonly bigint[]): Read<StoredEntry[]> {
  return logEntries
    .select(sql`sequence IN (${sequences}) ORDER BY sequence`)
    .map((rows) => rows.map(fromRow));
}

/** Entries in the order of the chain, with no regard to who may read them. */
export function readChain(after: bigint, limit: number): Query<StoredEntry[]> {
  return logEntries
    .select(sql`sequence > ${after} ORDER BY sequence LIMIT ${limit}`)
    .map((rows) => rows.map(fromRow));
}

/** The entry before a sequence; null if there is none. */
export function readBefore(sequence: bigint): Query<ChainHead | null> {
  return select(
    sql`SELECT sequence, hash FROM log_entries WHERE sequence < ${sequence} ORDER BY sequence DESC LIMIT 1`,
    ([row]: ChainHead[]) => row ?? null,
  );
}

/**
 * FROM and WHERE of the entries that match all filters except a text, within `ranges` if they are given. Entries that concern a user are found in log_concerns, whose
 * key is in the order of the pages.
 */
export function matching(
  filter: LogFilter,
  ranges: readonly SoughtRange[] | null = null,
): { tables: Sql; where: Sql } {
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
  const { action, family, topic, level, service, from, to, correlationId, traceId, operationId } = filter;
  const { actions, notActions, actor, isDecision, outcome, address } = filter;
  return {
    tables: join([sql`log_entries`, ...personal.map((one) => one.table)], sql``),
    where: allOf(
      ...personal.map((one) => one.where),
      ranges === null ? undefined : inRanges(sequenceOf(filter), ranges),
      actor === null ? undefined : sql`log_entries.actor_id = ${actor}`,
      isDecision ? isAgentsDecision : undefined,
      outcome === null ? undefined : sql`log_entries.action IN (${actionsOfOutcome(outcome)})`,
      address === null ? undefined : sql`log_entries.address = ${address}`,
      action === null ? undefined : sql`log_entries.action = ${action}`,
      actions === null ? undefined : sql`log_entries.action IN (${actions})`,
      notActions.length === 0 ? undefined : sql`log_entries.action NOT IN (${notActions})`,
      family === null ? undefined : sql`log_entries.family = ${family}`,
      topic === null ? undefined : hasTopic(topic, sql`log_entries.action`),
      level === null ? undefined : sql`log_entries.level = ${level}`,
      service === null ? undefined : sql`log_entries.service = ${service}`,
      from === null ? undefined : sql`log_entries.time >= ${from}`,
      to === null ? undefined : sql`log_entries.time < ${to}`,
      correlationId === null ? undefined : sql`log_entries.correlation_id = ${correlationId}`,
      traceId === null ? undefined : sql`log_entries.trace_id = ${traceId}`,
      operationId === null ? undefined : sql`log_entries.operation_id = ${operationId}`,
    ),
  };
}

/** Whether an entry is a decision of an agent. */
export const isAgentsDecision = sql`log_entries.actor_role = 'agent' AND log_entries.action IN (${DECISION_ACTIONS})`;

/** The column that pages are ordered by: a user's entries are read by the key of log_concerns, which is in that order too. */
function sequenceOf(filter: LogFilter): Sql {
  return sql`${identifier(personalOf(filter)[0]?.alias ?? 'log_entries')}.sequence`;
}

/** The users whose entries are requested, each with an alias of log_concerns and the column that must be set there. */
function personalOf({ visibleTo, namedUser, concernedUser, actor }: LogFilter) {
  return [
    { alias: 'v', userId: visibleTo, only: 'may_read' },
    { alias: 'n', userId: namedUser, only: 'named' },
    { alias: 'a', userId: actor, only: 'named' },
    { alias: 'c', userId: concernedUser, only: null },
  ].flatMap(({ userId, ...one }) => (userId === null ? [] : [{ ...one, userId }]));
}

function toRow({ actor, subject, ...entry }: StoredEntry): EntryRow {
  return {
    ...entry,
    actorId: actor?.id ?? null,
    actorRole: actor?.role ?? null,
    subjectType: subject?.type ?? null,
    subjectId: subject?.id ?? null,
  };
}

function fromRow(row: EntryRow): StoredEntry {
  const { actorId, actorRole, subjectType, subjectId, ...entry } = row;
  return {
    ...entry,
    actor: actorId === null ? null : { id: actorId, role: actorRole ?? 'member' },
    subject: subjectType === null ? null : { type: subjectType, id: subjectId ?? '' },
  };
}

/** The parts of an entry that the words of its block come from. */
export function toSearched(entry: StoredEntry, persons: readonly string[]): Searched {
  const { sequence, action, service, message, data, operationId, actor, subject } = entry;
  const [actorId, subjectId] = [actor?.id ?? null, subject?.id ?? null];
  return { sequence, action, service, message, data, operationId, actorId, subjectId, persons };
}
