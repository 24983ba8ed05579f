import {
  type Database,
  query,
  queryOnce,
  type Transaction,
  transaction,
  underLease,
} from '@guichet/database';
import { keepWhileIdle, limitTableWait, MONTHS_LEASE } from './store.ts';

const LEASE_WAIT_SECONDS = 60;
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
  const alter = async (trx: Transaction) => {
    await query(trx, keepWhileIdle(), limitTableWait(TABLE_WAIT_SECONDS));
    try {
      return await work(trx);
    } finally {
      await queryOnce(trx, limitTableWait(null));
    }
  };
  return underLease(db, MONTHS_LEASE, () => transaction(db, alter, { attempts: ATTEMPTS }), {
    waitSeconds: LEASE_WAIT_SECONDS,
  });
}
