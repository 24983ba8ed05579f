import {
  change,
  identifier,
  inTransaction,
  join,
  type Query,
  type Sql,
  select,
  sql,
  type TransactionQuery,
  table,
} from '@guichet/database';
import type { MonthStatement } from '@guichet/log-checkpoints';
import { MONTH_SEQUENCES, type Month, type MonthStart } from './rules.ts';

interface MonthRow extends MonthStart {
  /** Null if its entries have not been exported. */
  readonly exportedAt: Date | null;
}

const logMonths = table<MonthRow>('log_months', {
  month: 'month',
  first: 'first_sequence',
  exportedAt: 'exported_at',
});

interface DroppedRow {
  month: Month;
  previousSequence: bigint;
  previousHash: Buffer;
  lastSequence: bigint;
  lastHash: Buffer;
  entries: number | bigint;
  time: Date;
  keyId: string;
  signature: Buffer;
}

const logDroppedMonths = table<DroppedRow>('log_dropped_months', {
  month: 'month',
  previousSequence: 'previous_sequence',
  previousHash: 'previous_hash',
  lastSequence: 'last_sequence',
  lastHash: 'last_hash',
  entries: 'entries',
  time: 'time',
  keyId: 'key_id',
  signature: 'signature',
});

/** The tables with a partition for each month. */
export const PARTITIONED = ['log_concerns', 'log_entries'] as const;
type Partitioned = (typeof PARTITIONED)[number];

/** The last partition: the sequences of months to come. */
const FUTURE = 'future';

export interface MonthPartition {
  readonly month: Month;
  /** The sequence behind its last. */
  readonly end: bigint;
}

/** All months, oldest first. */
export function readMonths(): Query<MonthRow[]> {
  return logMonths.select(sql`TRUE ORDER BY month`);
}

export function insertMonths(months: readonly MonthStart[]): Query<void> {
  return logMonths.upsert(months, ['month', 'first'], sql`month = log_months.month`);
}

export function markExported(month: Month, exportedAt: Date): Query<number> {
  return logMonths.update({ exportedAt }, sql`month = ${month}`);
}

/** The months that were dropped, in the order of the chain. */
export function readDropped(): Query<MonthStatement[]> {
  return logDroppedMonths.select(sql`TRUE ORDER BY last_sequence, month`).map((rows) =>
    rows.map(({ previousSequence, previousHash, lastSequence, lastHash, entries, ...row }) => ({
      ...row,
      entries: Number(entries),
      previous: { sequence: previousSequence, hash: previousHash },
      last: { sequence: lastSequence, hash: lastHash },
    })),
  );
}

export function insertDropped({ previous, last, ...statement }: MonthStatement): Query<void> {
  return logDroppedMonths.insert([
    {
      ...statement,
      previousSequence: previous.sequence,
      previousHash: previous.hash,
      lastSequence: last.sequence,
      lastHash: last.hash,
    },
  ]);
}

/** The oldest entry; the log has at least that about the months that were dropped. */
export function readOldest(): Query<{ sequence: bigint }> {
  return select(
    sql`SELECT sequence FROM log_entries ORDER BY sequence LIMIT 1`,
    ([row]: { sequence: bigint }[]) => row ?? { sequence: 0n },
  );
}

/** How many entries have first <= sequence < end. */
export function countBetween(first: bigint, end: bigint): Query<number> {
  return select(
    sql`SELECT COUNT(*) AS count FROM log_entries WHERE sequence >= ${first} AND sequence < ${end}`,
    ([row]: { count: number | bigint }[]) => Number(row?.count ?? 0),
  );
}

/** The months that a table has a partition for, oldest first. */
export function readPartitions(of: Partitioned): Query<MonthPartition[]> {
  return select(
    sql`SELECT PARTITION_NAME AS name, PARTITION_DESCRIPTION AS end FROM information_schema.PARTITIONS
      WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ${of} AND PARTITION_NAME <> ${FUTURE} ORDER BY PARTITION_ORDINAL_POSITION`,
    (rows: { name: string; end: string }[]) =>
      rows.map(({ name, end }) => ({ month: name.slice(1).replace('_', '-'), end: BigInt(end) })),
  );
}

/** The bytes that the partitions of each month take, as the server estimates them. */
export function readSizes(): Query<Map<Month, number>> {
  return select(
    sql`SELECT PARTITION_NAME AS name, SUM(DATA_LENGTH + INDEX_LENGTH) AS bytes FROM information_schema.PARTITIONS
      WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME IN (${PARTITIONED}) GROUP BY PARTITION_NAME`,
    (rows: { name: string; bytes: number | bigint | string }[]) =>
      new Map(rows.map(({ name, bytes }) => [name.slice(1).replace('_', '-'), Number(bytes)])),
  );
}

/** Splits months off the partition of the future, which is empty as long as they are in the future: no row is moved. */
export function addPartitions(to: Partitioned, months: readonly MonthPartition[]): Query<number> {
  const split = months.map(
    ({ month, end }) => sql`PARTITION ${partitionOf(month)} VALUES LESS THAN (${end})`,
  );
  return change(
    sql`ALTER TABLE ${identifier(to)} REORGANIZE PARTITION ${identifier(FUTURE)} INTO
      (${join([...split, sql`PARTITION ${identifier(FUTURE)} VALUES LESS THAN MAXVALUE`], sql`, `)})`,
  );
}

/** Removes all rows of a month, without a look at them. */
export function dropPartition(of: Partitioned, month: Month): Query<number> {
  return change(sql`ALTER TABLE ${identifier(of)} DROP PARTITION ${partitionOf(month)}`);
}

function partitionOf(month: Month): Sql {
  return identifier(`m${month.replace('-', '_')}`);
}

/** Removes some of the words of the blocks before `block`. @returns how many rows */
export function deleteWordsBefore(block: bigint, limit: number): Query<number> {
  return change(sql`DELETE FROM log_words WHERE block < ${block} ORDER BY block LIMIT ${limit}`);
}

/** Removes some of the words of what months before the one of a sequence said about persons. @returns how many rows */
export function deletePersonWordsBefore(sequence: bigint, limit: number): Query<number> {
  return change(
    sql`DELETE FROM person_words WHERE month < ${sequence / MONTH_SEQUENCES} ORDER BY month, user_id LIMIT ${limit}`,
  );
}

/** The hours in which an entry with a smaller sequence was logged, oldest first. */
export function readHoursBefore(sequence: bigint, limit: number): Query<Date[]> {
  return select(
    sql`SELECT hour FROM log_hours WHERE first_sequence < ${sequence} ORDER BY hour LIMIT ${limit}`,
    (rows: { hour: Date }[]) => rows.map(({ hour }) => hour),
  );
}

/** The lease for changes of the partitions. */
export const MONTHS_LEASE = 'log months';

/** Keeps this connection while long work on other connections leaves it idle. */
export function keepWhileIdle(): TransactionQuery<unknown> {
  return inTransaction(select(sql`SET SESSION wait_timeout = 86400`));
}

/** How long a change on this connection waits for queries that use its table; null for the server's default. */
export function limitTableWait(seconds: number | null): TransactionQuery<unknown> {
  return inTransaction(
    select(sql`SET SESSION lock_wait_timeout = ${seconds === null ? sql`DEFAULT` : seconds}`),
  );
}
