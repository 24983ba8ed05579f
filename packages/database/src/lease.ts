import type { Knex } from 'knex';
import { newId } from './ids.ts';
import type { Database } from './open.ts';
import { queryOnce } from './query.ts';
import { change, inTransaction, lock, type Query, select, type TransactionQuery } from './query-value.ts';
import { sql } from './sql.ts';

/** The right to do something that only one process may do at a time, as long as it keeps the lease. */
export interface Lease {
  readonly name: string;
  readonly holder: string;
  /** Increases with each new holder, so that a previous holder is never mistaken for the current one. */
  readonly fence: bigint;
}

/** A write that only the holder of a lease may make was refused, because another process holds the lease now. */
export class LeaseLostError extends Error {
  override name = 'LeaseLostError';
}

/** Creates the table of a service's leases; for a migration. Safe to run again. */
export async function createLeasesTable(db: Knex): Promise<void> {
  await db.raw(`CREATE TABLE IF NOT EXISTS leases (
    name VARCHAR(60) CHARACTER SET ascii COLLATE ascii_bin NOT NULL PRIMARY KEY,
    holder CHAR(36) CHARACTER SET ascii COLLATE ascii_bin NULL,
    fence BIGINT UNSIGNED NOT NULL DEFAULT 0,
    expires_at DATETIME(3) NOT NULL
  ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`);
}

/**
 * Takes a lease for `seconds` by the database's clock, which all replicas share; null if another holder has it. Its holder can take it again.
 */
export async function takeLease(
  db: Database,
  name: string,
  seconds: number,
  holder: string = newId(),
): Promise<Lease | null> {
  // Assignments run from left to right, so `fence` compares with the previous holder.
  const taken = await queryOnce(
    db,
    change(sql`UPDATE leases SET fence = fence + IF(holder <=> ${holder}, 0, 1), holder = ${holder},
        expires_at = CURRENT_TIMESTAMP(3) + INTERVAL ${seconds} SECOND
      WHERE name = ${name} AND (holder = ${holder} OR holder IS NULL OR expires_at <= CURRENT_TIMESTAMP(3))`),
  );
  if (taken === 0) {
    const added = await queryOnce(
      db,
      change(sql`INSERT IGNORE INTO leases (name, holder, fence, expires_at)
        VALUES (${name}, ${holder}, 1, CURRENT_TIMESTAMP(3) + INTERVAL ${seconds} SECOND)`),
    );
    if (added === 0) return null;
  }
  const [row] = await queryOnce(
    db,
    select<{ fence: bigint }>(sql`SELECT fence FROM leases WHERE name = ${name} AND holder = ${holder}`),
  );
  return row === undefined ? null : { name, holder, fence: BigInt(row.fence) };
}

/**
 * Keeps a lease for `seconds` more. It always writes a row, so its commit also flushes every change that was visible before it.
 * @returns false if the lease is lost
 */
export function keepLease({ name, holder, fence }: Lease, seconds: number): Query<boolean> {
  return change(sql`UPDATE leases
    SET expires_at = GREATEST(CURRENT_TIMESTAMP(3) + INTERVAL ${seconds} SECOND, expires_at + INTERVAL 1000 MICROSECOND)
    WHERE name = ${name} AND holder = ${holder} AND fence = ${fence}`).map((rows) => rows === 1);
}

/** Releases a lease if it is still held. */
export function releaseLease({ name, holder, fence }: Lease): Query<void> {
  return change(sql`UPDATE leases SET holder = NULL, expires_at = CURRENT_TIMESTAMP(3)
    WHERE name = ${name} AND holder = ${holder} AND fence = ${fence}`).map(() => undefined);
}

/**
 * Locks the lease until the transaction ends: no other process can take it before.
 * @throws LeaseLostError if another process has it
 */
export function holdLease({ name, holder, fence }: Lease): TransactionQuery<void> {
  return lock(sql`SELECT 1 FROM leases WHERE name = ${name} AND holder = ${holder} AND fence = ${fence}`).map(
    (rows) => {
      if (rows.length === 0) throw new LeaseLostError(`the lease ${name} is lost`);
      return undefined;
    },
  );
}

/** Waits for a lease and holds it until the transaction ends, for work that is one transaction. */
export function lockLease(name: string): TransactionQuery<void> {
  // It writes, because on a Galera cluster two writers of a row collide and two readers do not.
  return inTransaction(
    change(sql`INSERT INTO leases (name, fence, expires_at) VALUES (${name}, 1, CURRENT_TIMESTAMP(3))
      ON DUPLICATE KEY UPDATE fence = fence + 1`).map(() => undefined),
  );
}

/** Whether a process holds a lease. */
export function isLeaseHeld(name: string): Query<boolean> {
  return select(
    sql`SELECT 1 FROM leases WHERE name = ${name} AND holder IS NOT NULL AND expires_at > CURRENT_TIMESTAMP(3)`,
    (rows) => rows.length > 0,
  );
}
