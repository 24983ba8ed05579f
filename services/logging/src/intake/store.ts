import {
  change,
  flag,
  inTransaction,
  type Query,
  queryOnce,
  select,
  sql,
  type Transaction,
  type TransactionQuery,
  table,
} from '@guichet/database';
import { type ChainHead, existing, logChain, type StoredEntry } from '../entries/store.ts';
import type { SequenceRange } from '../search/rules.ts';
import { HOUR_OF_ENTRY, isIn } from '../stats/quarters-store.ts';
import type { Concern } from './rules.ts';

export interface ConcernRow extends Concern {
  readonly userId: string;
  readonly sequence: bigint;
}

const logConcerns = table<ConcernRow>('log_concerns', {
  userId: 'user_id',
  sequence: 'sequence',
  named: flag('named'),
  mayRead: flag('may_read'),
});

/** Locks the end of the chain until the transaction ends, so that the writers of all replicas take turns. */
export function lockHead(): TransactionQuery<ChainHead> {
  return logChain.lockOne(sql`name = 'head'`).map(existing);
}

export function moveHead({ sequence, hash }: ChainHead): TransactionQuery<number> {
  return inTransaction(logChain.update({ sequence, hash }, sql`name = 'head'`));
}

const FOREIGN_PAGE = 10_000;

/** Sequences behind `end` that are already taken, up to the first `free` consecutive ones that are not. */
export async function findForeign(trx: Transaction, end: bigint, free: number): Promise<Set<bigint>> {
  const foreign = new Set<bigint>();
  for (let after = end; ; ) {
    const rows = await queryOnce(
      trx,
      select<{ sequence: bigint }>(
        sql`SELECT sequence FROM log_entries WHERE sequence > ${after}
          UNION SELECT sequence FROM log_concerns WHERE sequence > ${after} ORDER BY sequence LIMIT ${FOREIGN_PAGE}`,
      ),
    );
    for (const { sequence } of rows) {
      if (sequence - after > BigInt(free)) return foreign;
      after = sequence;
      foreign.add(after);
    }
    if (rows.length < FOREIGN_PAGE) return foreign;
  }
}

/** The ids of these events that are already in the log, between `first` and `last`: each month has an index of its own. */
export function findStored(ids: readonly string[], { first, last }: SequenceRange): Query<Set<string>> {
  return select(
    sql`SELECT id FROM log_entries WHERE id IN (${ids}) AND sequence BETWEEN ${first} AND ${last}`,
    (rows: { id: string }[]) => new Set(rows.map(({ id }) => id)),
  );
}

export function insertConcerns(concerns: readonly ConcernRow[]): Query<void> {
  return logConcerns.insert(concerns);
}

interface Hour {
  hour: Date;
  first: bigint;
  last: bigint;
}

export const logHours = table<Hour>('log_hours', {
  hour: 'hour',
  first: 'first_sequence',
  last: 'last_sequence',
});

/** Replaces the ranges of some hours by those of the entries that the log has now; for the migration user. */
export function measureHoursAgain(hours: readonly Date[]): TransactionQuery<number>[] {
  return [
    inTransaction(logHours.delete(sql`hour IN (${hours})`)),
    inTransaction(
      change(
        sql`INSERT INTO log_hours SELECT ${HOUR_OF_ENTRY} AS started, MIN(sequence), MAX(sequence)
          FROM log_entries WHERE ${isIn(hours)} GROUP BY started`,
      ),
    ),
  ];
}

/** Extends the range of sequences of each hour that the entries belong to. */
export function widenHours(entries: readonly StoredEntry[]): Query<void> {
  const hours = new Map<number, { first: bigint; last: bigint }>();
  for (const { time, sequence } of entries) {
    const hour = Math.floor(time.getTime() / 3_600_000);
    const known = hours.get(hour);
    if (known === undefined) hours.set(hour, { first: sequence, last: sequence });
    else known.last = sequence;
  }
  return logHours.upsert(
    [...hours].map(([hour, run]) => ({ hour: new Date(hour * 3_600_000), ...run })),
    ['hour', 'first', 'last'],
    sql`last_sequence = GREATEST(last_sequence, VALUES(last_sequence))`,
  );
}
