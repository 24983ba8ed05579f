import type { Knex } from 'knex';
import type { Database } from './open.ts';
import { retryOnDeadlock } from './retry.ts';

/**
 * Runs `work` in one transaction and commits it. The whole of it is run again, at most `attempts` times, where the server says
 * that it may succeed next time (deadlock, lock wait, changed record); so `work` must have no effect outside the database. With `snapshot`, all of its reads see the database as it is at the first of them
 * (REPEATABLE READ); else each sees what is committed (READ COMMITTED).
 */
export async function transaction<Result>(
  db: Database,
  work: (trx: Knex.Transaction) => Promise<Result>,
  { attempts = 8, snapshot = false }: { attempts?: number; snapshot?: boolean } = {},
): Promise<Result> {
  const config: Knex.TransactionConfig = snapshot ? { isolationLevel: 'repeatable read' } : {};
  return retryOnDeadlock(() => db.transaction(work, config), attempts);
}
