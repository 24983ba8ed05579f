import { askAlone, change, type Database, select } from '@guichet/database';
import type { Row } from './row.ts';

export interface WaitingRow extends Row {
  sequence: bigint;
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

/** Keeps the lease where it is still the holder's; it always writes, so that what was visible before it is on disk after it. */
export async function keepLease(db: Database, holder: string, seconds: number): Promise<boolean> {
  const keeping = change(
    `UPDATE outbox_lease
     SET expires_at = GREATEST(CURRENT_TIMESTAMP(3) + INTERVAL ? SECOND, expires_at + INTERVAL 1000 MICROSECOND)
     WHERE name = 'relay' AND holder = ?`,
    [seconds, holder],
  );
  return askAlone(db, {
    ...keeping,
    read: (outcome) => (outcome as { affectedRows: number }).affectedRows === 1,
  });
}

export async function dropLease(db: Database, holder: string): Promise<void> {
  await db.raw("DELETE FROM outbox_lease WHERE name = 'relay' AND holder = ?", [holder]);
}

/** Rows that are read at once; under load each is a bundle of a dozen messages or more. */
export const ROWS_AT_ONCE = 32;

/** The rows that wait, the first first, and of them as many as hold `maxMessages`, at least one where there is any. */
export async function readWaiting(db: Database, maxMessages: number): Promise<WaitingRow[]> {
  // Left to itself the server may walk the primary key instead, past all that was published.
  const found = await askAlone(
    db,
    select(
      `SELECT sequence, id, subject, payload, messages FROM outbox FORCE INDEX (outbox_waiting)
       WHERE published_at IS NULL ORDER BY sequence LIMIT ?`,
      [Math.min(ROWS_AT_ONCE, maxMessages)],
      (rows: WaitingRow[]) => rows,
    ),
  );
  let messages = 0;
  const beyond = found.findIndex((row, index) => {
    messages += row.messages;
    return index > 0 && messages > maxMessages;
  });
  return beyond === -1 ? found : found.slice(0, beyond);
}

export async function markPublished(db: Database, sequences: readonly bigint[]): Promise<void> {
  await askAlone(
    db,
    change('UPDATE outbox SET published_at = CURRENT_TIMESTAMP(3) WHERE sequence IN (?)', [sequences]),
  );
}

/** Removes published messages older than `days`, a few at a time. @returns how many */
export async function prunePublished(db: Database, days: number, limit: number): Promise<number> {
  const [result] = await db.raw(
    'DELETE FROM outbox WHERE published_at < CURRENT_TIMESTAMP(3) - INTERVAL ? DAY ORDER BY published_at LIMIT ?',
    [days, limit],
  );
  return result.affectedRows;
}

/** How many messages wait, and for how long the oldest has, in seconds. */
export async function measureWaiting(db: Database): Promise<{ depth: number; oldestSeconds: number }> {
  const [[row]] = await db.raw(
    `SELECT COALESCE(SUM(messages), 0) AS depth, COALESCE(TIMESTAMPDIFF(MICROSECOND, MIN(created_at), CURRENT_TIMESTAMP(3)), 0) AS age
     FROM outbox WHERE published_at IS NULL`,
  );
  return { depth: Number(row.depth), oldestSeconds: Math.max(0, Number(row.age) / 1e6) };
}
