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
import type { Month, MonthStart } from './rules.ts';

const logMonths = table<MonthStart>('log_months', { month: 'month', first: 'first_sequence' });

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
export function readMonths(): Query<MonthStart[]> {
  return logMonths.select(sql`TRUE ORDER BY month`);
}

export function insertMonths(months: readonly MonthStart[]): Query<void> {
  return logMonths.upsert(months, ['month', 'first'], sql`month = log_months.month`);
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

function partitionOf(month: Month): Sql {
  return identifier(`m${month.replace('-', '_')}`);
}

const LOCK = sql`CONCAT('guichet log months ', DATABASE())`;

/** Takes the lock of who changes the partitions, for this connection. @returns whether it was free within `waitSeconds` */
export function takeLock(waitSeconds: number): TransactionQuery<boolean> {
  return inTransaction(
    select(
      sql`SELECT GET_LOCK(${LOCK}, ${waitSeconds}) AS held`,
      ([row]: { held: number | bigint | null }[]) => Number(row?.held) === 1,
    ),
  );
}

export function releaseLock(): TransactionQuery<unknown> {
  return inTransaction(select(sql`DO RELEASE_LOCK(${LOCK})`));
}

/** How long a change on this connection waits for queries that use its table; null for the server's default. */
export function limitTableWait(seconds: number | null): TransactionQuery<unknown> {
  return inTransaction(
    select(sql`SET SESSION lock_wait_timeout = ${seconds === null ? sql`DEFAULT` : seconds}`),
  );
}
