import { setTimeout as sleep } from 'node:timers/promises';
import type { Knex } from 'knex';
import { isRetryable } from './errors.ts';
import type { Database } from './open.ts';

/**
 * Runs `work` in one transaction and commits it. The whole of it is run again, at most `attempts` times, where the server says
 * that it may succeed next time (deadlock, lock wait, changed record); so `work` must have no effect outside the database.
 */
export async function transaction<Result>(
  db: Database,
  work: (trx: Knex.Transaction) => Promise<Result>,
  { attempts = 8 }: { attempts?: number } = {},
): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await db.transaction(work);
    } catch (error) {
      if (attempt >= attempts || !isRetryable(error)) throw error;
      // Apart by chance, so that two which met do not meet again.
      await sleep(Math.random() * 10 * attempt);
    }
  }
}
