import { change, type Database, queryOnce, select, sql } from '@guichet/database';
import { FAMILIES, type Family, type Row, type Written } from './row.ts';

export interface WaitingRow extends Row {
  sequence: bigint;
  /** Bit n: message n is published, or refused for good. */
  done: bigint | number;
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
  const keeping = change(sql`UPDATE outbox_lease
    SET expires_at = GREATEST(CURRENT_TIMESTAMP(3) + INTERVAL ${seconds} SECOND, expires_at + INTERVAL 1000 MICROSECOND)
    WHERE name = 'relay' AND holder = ${holder}`);
  return (await queryOnce(db, keeping)) === 1;
}

export async function dropLease(db: Database, holder: string): Promise<void> {
  await db.raw("DELETE FROM outbox_lease WHERE name = 'relay' AND holder = ?", [holder]);
}

/** Rows that are read at once; under load each is a bundle of a dozen messages or more. */
export const ROWS_AT_ONCE = 32;

/** The oldest unpublished rows of each family, up to `maxMessages` messages, but at least one row if there is any. */
export async function readWaiting(
  db: Database,
  maxMessages: number,
  families: readonly Family[] = FAMILIES,
): Promise<WaitingRow[]> {
  if (families.length === 0) return [];
  // Left to itself the server may walk the primary key instead, past all that was published.
  const ofFamily = `(SELECT sequence, id, subject, payload, messages, family, done FROM outbox FORCE INDEX (outbox_waiting)
     WHERE published_at IS NULL AND family = ? ORDER BY sequence LIMIT ?)`;
  const found = await queryOnce(
    db,
    select(
      `${families.map(() => ofFamily).join(' UNION ALL ')} ORDER BY sequence`,
      families.flatMap((family) => [family, Math.min(ROWS_AT_ONCE, maxMessages)]),
      (rows: WaitingRow[]) => rows,
    ),
  );
  const taken = new Map<Family, number>();
  return found.filter(({ family, messages }) => {
    const before = taken.get(family) ?? 0;
    taken.set(family, before + messages);
    return before === 0 || before + messages <= maxMessages;
  });
}

/** A message that the broker refused for good. */
export interface RefusedMessage extends Written {
  sequence: bigint;
  reason: string;
}

/** Records the outcome of publishing. Refused messages are stored before any row is marked as published. */
export async function settleRows(
  db: Database,
  outcome: {
    published: readonly bigint[];
    partly: readonly { sequence: bigint; done: bigint }[];
    refused: readonly RefusedMessage[];
  },
): Promise<void> {
  for (const { id, sequence, subject, payload, reason } of outcome.refused) {
    await db.raw(
      'INSERT IGNORE INTO outbox_dead_letters (id, sequence, subject, payload, reason) VALUES (?, ?, ?, ?, ?)',
      [id, String(sequence), subject, payload, reason.slice(0, 500)],
    );
  }
  for (const { sequence, done } of outcome.partly) {
    await db.raw('UPDATE outbox SET done = ? WHERE sequence = ?', [String(done), String(sequence)]);
  }
  if (outcome.published.length > 0) {
    await queryOnce(
      db,
      change('UPDATE outbox SET published_at = CURRENT_TIMESTAMP(3) WHERE sequence IN (?)', [
        outcome.published,
      ]),
    );
  }
}

/**
 * Removes published messages older than `days`, a few at a time. States of users that came after a refused one stay as long as that one does:
 * they tell `retryRefused` that it is out of date. @returns how many
 */
export async function prunePublished(db: Database, days: number, limit: number): Promise<number> {
  const [result] = await db.raw(
    `DELETE FROM outbox WHERE published_at < CURRENT_TIMESTAMP(3) - INTERVAL ? DAY
       AND NOT (family = 'users' AND EXISTS (
         SELECT 1 FROM outbox_dead_letters AS refused WHERE refused.subject LIKE 'users.%' AND refused.sequence <= outbox.sequence))
     ORDER BY published_at LIMIT ?`,
    [days, limit],
  );
  return result.affectedRows;
}

/** How many messages wait, and for how long the oldest has, in seconds. */
export async function measureWaiting(
  db: Database,
): Promise<{ depth: number; oldestSeconds: number; deadLetters: number }> {
  const [[row]] = await db.raw(
    `SELECT COALESCE(SUM(messages), 0) AS depth, COALESCE(TIMESTAMPDIFF(MICROSECOND, MIN(created_at), CURRENT_TIMESTAMP(3)), 0) AS age,
       (SELECT COUNT(*) FROM outbox_dead_letters) AS dead
     FROM outbox WHERE published_at IS NULL`,
  );
  return {
    depth: Number(row.depth),
    oldestSeconds: Math.max(0, Number(row.age) / 1e6),
    deadLetters: Number(row.dead),
  };
}
