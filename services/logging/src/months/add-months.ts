import { type Database, query, queryOnce } from '@guichet/database';
import { alterTables } from './alter-tables.ts';
import { monthsToAdd } from './rules.ts';
import { addPartitions, insertMonths, PARTITIONED, readPartitions } from './store.ts';

/** A process that isn't restarted for this long stores later months as a part of the last one. */
const AHEAD = 6;

/**
 * Prepares the log for the months to come; `db` is the migration user's. Nothing happens if it is prepared already. @returns how many months it added
 */
export async function addMonths(db: Database, { now = new Date(), ahead = AHEAD } = {}): Promise<number> {
  const isPrepared = async () => {
    const [last] = (await queryOnce(db, readPartitions('log_entries'))).slice(-1);
    return monthsToAdd(last ?? null, { now, ahead }).length === 0;
  };
  if (await isPrepared()) return 0;
  return alterTables(db, async (trx) => {
    let added = 0;
    for (const table of PARTITIONED) {
      const [last] = (await queryOnce(trx, readPartitions(table))).slice(-1);
      const months = monthsToAdd(last ?? null, { now, ahead });
      if (months.length > 0) await queryOnce(trx, addPartitions(table, months));
      added = months.length;
    }
    const partitions = await queryOnce(trx, readPartitions('log_entries'));
    const starts = partitions.map(({ month }, index) => ({ month, first: partitions[index - 1]?.end ?? 0n }));
    await query(trx, insertMonths(starts));
    return added;
  });
}
