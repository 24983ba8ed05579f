import { type Database, query, queryOnce, type Transaction, transaction } from '@guichet/database';
import { keepWhileIdle, limitTableWait, releaseLock, takeLock } from './store.ts';

const LOCK_WAIT_SECONDS = 60;
/** While a change of a table waits for queries that use it, all later queries wait behind it. */
const TABLE_WAIT_SECONDS = 3;
const ATTEMPTS = 20;

/**
 * Runs `work`, which changes the partitions of the log, on one connection and in one process at a time. A change that has to wait for long queries gives up
 * after a moment, so that other queries can go on, and all of `work` is run again: it must be safe to run twice.
 */
export async function alterTables<Result>(
  db: Database,
  work: (trx: Transaction) => Promise<Result>,
): Promise<Result> {
  return transaction(
    db,
    async (trx) => {
      await queryOnce(trx, keepWhileIdle());
      if (!(await queryOnce(trx, takeLock(LOCK_WAIT_SECONDS))))
        throw new Error('another process has been changing the months of the log for too long');
      try {
        await queryOnce(trx, limitTableWait(TABLE_WAIT_SECONDS));
        return await work(trx);
      } finally {
        await query(trx, limitTableWait(null), releaseLock());
      }
    },
    { attempts: ATTEMPTS },
  );
}
