import type { Database } from '@guichet/database';

export interface WaitingMessage {
  sequence: bigint;
  id: string;
  subject: string;
  payload: string;
}

/** Takes or keeps the lease for `seconds` by the database's clock, the one that all replicas share. */
export async function takeLease(db: Database, holder: string, seconds: number): Promise<boolean> {
  const [updated] = await db.raw(
    `UPDATE outbox_lease SET holder = ?, expires_at = CURRENT_TIMESTAMP(3) + INTERVAL ? SECOND
     WHERE name = 'relay' AND (holder = ? OR expires_at < CURRENT_TIMESTAMP(3))`,
    [holder, seconds, holder],
  );
  if (updated.affectedRows === 1) return true;
  const [inserted] = await db.raw(
    `INSERT IGNORE INTO outbox_lease (name, holder, expires_at)
     VALUES ('relay', ?, CURRENT_TIMESTAMP(3) + INTERVAL ? SECOND)`,
    [holder, seconds],
  );
  return inserted.affectedRows === 1;
}

export async function dropLease(db: Database, holder: string): Promise<void> {
  await db.raw("DELETE FROM outbox_lease WHERE name = 'relay' AND holder = ?", [holder]);
}

export async function readWaiting(db: Database, limit: number): Promise<WaitingMessage[]> {
  // Left to itself the server may walk the primary key instead, past all that was published.
  const [rows] = await db.raw(
    `SELECT sequence, id, subject, payload FROM outbox FORCE INDEX (outbox_waiting)
     WHERE published_at IS NULL ORDER BY sequence LIMIT ?`,
    [limit],
  );
  return rows;
}

export async function markPublished(db: Database, sequences: readonly bigint[]): Promise<void> {
  await db.raw('UPDATE outbox SET published_at = CURRENT_TIMESTAMP(3) WHERE sequence IN (?)', [
    sequences as never,
  ]);
}

/** Removes published messages older than `days`, a few at a time. @returns how many */
export async function prunePublished(db: Database, days: number, limit: number): Promise<number> {
  const [result] = await db.raw(
    'DELETE FROM outbox WHERE published_at < CURRENT_TIMESTAMP(3) - INTERVAL ? DAY ORDER BY published_at LIMIT ?',
    [days, limit],
  );
  return result.affectedRows;
}

/** How many wait, and for how long the oldest has, in seconds. */
export async function measureWaiting(db: Database): Promise<{ depth: number; oldestSeconds: number }> {
  const [[row]] = await db.raw(
    `SELECT COUNT(*) AS depth, COALESCE(TIMESTAMPDIFF(MICROSECOND, MIN(created_at), CURRENT_TIMESTAMP(3)), 0) AS age
     FROM outbox WHERE published_at IS NULL`,
  );
  return { depth: Number(row.depth), oldestSeconds: Math.max(0, Number(row.age) / 1e6) };
}
