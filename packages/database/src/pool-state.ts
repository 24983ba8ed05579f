import type { Database } from './open.ts';

/** How a pool stands now, in connections and in requests that wait for one. */
export interface PoolState {
  used: number;
  idle: number;
  /** Requests that wait for a connection. */
  waiting: number;
  max: number;
}

export function poolState(db: Database): PoolState {
  const { pool } = db.client;
  return { used: pool.numUsed(), idle: pool.numFree(), waiting: pool.numPendingAcquires(), max: pool.max };
}
