import { join } from 'node:path';
import { UserError } from '@guichet/cli';
import { type Database, query, queryOnce, transaction } from '@guichet/database';
import { type CheckpointKeys, type MonthStatement, publicKeysOf, signMonth } from '@guichet/log-checkpoints';
import type { Clock } from '@guichet/time';
import { lockHead, measureHoursAgain } from '../intake/store.ts';
import { storeEvents } from '../intake/store-events.ts';
import { blockOf } from '../search/rules.ts';
import { deleteActorsBefore } from '../stats/actor-counts-store.ts';
import { countHoursAgain } from '../stats/counts-store.ts';
import { countGroupHoursAgain } from '../stats/group-counts-store.ts';
import { alterTables } from './alter-tables.ts';
import { monthDropped } from './audit.ts';
import { exportName } from './export-file.ts';
import { findCover } from './find-cover.ts';
import { endBefore, type LogMonth, listMonths } from './list-months.ts';
import { isExpired, type Month } from './rules.ts';
import {
  countBetween,
  deletePersonWordsBefore,
  deleteWordsBefore,
  dropPartition,
  insertDropped,
  PARTITIONED,
  readDropped,
  readHoursBefore,
  readOldest,
  readPartitions,
} from './store.ts';
import { verifyExport } from './verify-export.ts';

const WORDS_AT_ONCE = 5_000;
const HOURS_AT_ONCE = 24;

export interface Dropping {
  db: Database;
  keys: CheckpointKeys;
  clock: Clock;
  retentionMonths: number;
}

/**
 * Removes the oldest month of the log, whose export is in `folder`: its entries and what finds and counts them. The log then says where its chain begins, signed
 * by the bank. It can be run again after an interruption.
 * @throws UserError if the month must not be dropped, with the reason
 */
export async function dropMonth(dropping: Dropping, month: Month, folder: string): Promise<MonthStatement> {
  const { db } = dropping;
  const recorded = (await queryOnce(db, readDropped())).find((one) => one.month === month);
  const about = recorded ?? (await examine(dropping, month, folder));
  return alterTables(db, async (trx) => {
    const statement = recorded ?? (await record(dropping, about));
    for (const table of PARTITIONED) {
      const partitions = await queryOnce(trx, readPartitions(table));
      if (partitions.some((one) => one.month === month)) await queryOnce(trx, dropPartition(table, month));
    }
    await removeWhatFindsThem(db);
    return statement;
  });
}

type About = Pick<MonthStatement, 'month' | 'previous' | 'last' | 'entries'>;

/** @throws UserError unless the month may be dropped */
async function examine(
  { db, keys, clock, retentionMonths }: Dropping,
  month: Month,
  folder: string,
): Promise<About> {
  const months = await listMonths(db);
  const { first, next } = findDroppable(months, month);
  if (!isExpired(next.month, { now: clock(), retentionMonths }))
    throw new UserError(`${month} is not older than ${retentionMonths} months (LOG_RETENTION_MONTHS)`);
  const file = join(folder, exportName(month));
  const published = publicKeysOf(keys.published);
  const { statement, fault } = await verifyExport(file, published);
  if (statement === null) throw new UserError(`The export ${file} can’t be used: ${fault}`);
  const previous = await endBefore(db, first);
  const last = await endBefore(db, next.first);
  const entries = await queryOnce(db, countBetween(first, next.first));
  const isSame = (one: About['last'], other: About['last']) =>
    one.sequence === other.sequence && one.hash.equals(other.hash);
  if (
    statement.month !== month ||
    statement.entries !== entries ||
    !isSame(statement.previous, previous) ||
    !isSame(statement.last, last)
  )
    throw new UserError(`The export ${file} has other entries than the log: run verify`);
  await findCover(db, published, last);
  return { month, previous, last, entries };
}

function findDroppable(
  months: readonly LogMonth[],
  month: Month,
): { first: bigint; next: NonNullable<LogMonth['next']> } {
  const oldest = months.find(({ isDropped }) => !isDropped);
  if (oldest === undefined || oldest.month !== month)
    throw new UserError(
      `Only the oldest month of the log can be dropped${oldest === undefined ? '' : `: ${oldest.month}`}`,
    );
  const { first, next } = oldest;
  if (next === null) throw new UserError(`${month} has not ended in the log`);
  return { first, next };
}

/** Stores where the chain begins now, together with the entry about it. */
async function record({ db, keys, clock }: Dropping, about: About): Promise<MonthStatement> {
  const [stored] = (await queryOnce(db, readDropped())).filter(({ month }) => month === about.month);
  if (stored !== undefined) return stored;
  const now = clock();
  const statement = signMonth(keys.signer, 'dropped', { ...about, time: now });
  await storeEvents(db, [monthDropped(now, statement)], now, [insertDropped(statement)]);
  return statement;
}

/** The words of searches, the numbers of charts and the ranges of hours follow the entries: lists and charts agree. */
async function removeWhatFindsThem(db: Database): Promise<void> {
  const { sequence: first } = await queryOnce(db, readOldest());
  while ((await queryOnce(db, deleteWordsBefore(blockOf(first), WORDS_AT_ONCE))) === WORDS_AT_ONCE);
  while ((await queryOnce(db, deletePersonWordsBefore(first, WORDS_AT_ONCE))) === WORDS_AT_ONCE);
  while ((await queryOnce(db, deleteActorsBefore(first, WORDS_AT_ONCE))) === WORDS_AT_ONCE);
  for (;;) {
    const hours = await queryOnce(db, readHoursBefore(first, HOURS_AT_ONCE));
    if (hours.length === 0) return;
    // The lock keeps entries of these hours, which can come late, from being counted twice.
    await transaction(db, async (trx) => {
      await query(trx, lockHead());
      await trx.commit(
        ...countHoursAgain(hours),
        ...countGroupHoursAgain(hours),
        ...measureHoursAgain(hours),
      );
    });
  }
}
