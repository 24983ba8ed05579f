import {
  change,
  type Database,
  join,
  queryOnce,
  select,
  sql,
  type Transaction,
  table,
} from '@guichet/database';
import { insertRefused, type RefusedMessage } from './refused-store.ts';
import { FAMILIES, type Family, type Row } from './row.ts';

export interface WaitingRow extends Row {
  sequence: bigint;
}

interface OutboxRow extends WaitingRow {
  createdAt: Date;
  publishedAt: Date | null;
}

export const outbox = table<OutboxRow>('outbox', {
  sequence: 'sequence',
  id: 'id',
  subject: 'subject',
  payload: 'payload',
  events: 'events',
  family: 'family',
  createdAt: 'created_at',
  publishedAt: 'published_at',
});

/** How many rows of a family are read at once; under load each has a dozen events or more. */
export const ROWS_AT_ONCE = 64;

/** The oldest unpublished rows of each family, up to `maxEvents` events, but at least one row if there is any. */
export async function readWaiting(
  db: Database | Transaction,
  maxEvents: number,
  families: readonly Family[] = FAMILIES,
): Promise<WaitingRow[]> {
  if (families.length === 0) return [];
  const limit = Math.min(ROWS_AT_ONCE, maxEvents);
  // Without the hint the server may scan the primary key, and with it every published row.
  const ofFamilies = families.map(
    (
      family,
    ) => sql`(SELECT sequence, id, subject, payload, events, family FROM outbox FORCE INDEX (outbox_waiting)
      WHERE published_at IS NULL AND family = ${family} ORDER BY sequence LIMIT ${limit})`,
  );
  const found = await queryOnce(
    db,
    select<WaitingRow>(sql`${join(ofFamilies, sql` UNION ALL `)} ORDER BY sequence`),
  );
  const taken = new Map<Family, number>();
  return found.filter(({ family, events }) => {
    const before = taken.get(family) ?? 0;
    taken.set(family, before + events);
    return before === 0 || before + events <= maxEvents;
  });
}

/** Records the outcome of publishing. Refused messages are stored before any row is marked as published. */
export async function settleRows(
  db: Database,
  outcome: { published: readonly bigint[]; refused: readonly RefusedMessage[] },
): Promise<void> {
  await queryOnce(db, insertRefused(outcome.refused));
  if (outcome.published.length === 0) return;
  await queryOnce(
    db,
    change(
      sql`UPDATE outbox SET published_at = CURRENT_TIMESTAMP(3) WHERE sequence IN (${outcome.published})`,
    ),
  );
}

/**
 * Deletes published messages older than `days`, at most `limit` rows. States of users that are newer than a refused one are kept as long as it is,
 * so that `retryRefused` recognizes it as outdated. @returns how many rows were deleted
 */
export async function prunePublished(db: Database, days: number, limit: number): Promise<number> {
  return queryOnce(
    db,
    outbox.delete(sql`published_at < CURRENT_TIMESTAMP(3) - INTERVAL ${days} DAY
      AND NOT (family = 'users' AND EXISTS (
        SELECT 1 FROM outbox_dead_letters AS refused WHERE refused.subject LIKE 'users.%' AND refused.sequence <= outbox.sequence))
      ORDER BY published_at LIMIT ${limit}`),
  );
}

/** How many events wait, and the age of the oldest in seconds. */
export async function measureWaiting(
  db: Database,
): Promise<{ depth: number; oldestSeconds: number; deadLetters: number }> {
  const [row] = await queryOnce(
    db,
    select<{ depth: string; age: bigint; dead: bigint }>(
      sql`SELECT COALESCE(SUM(events), 0) AS depth,
        COALESCE(TIMESTAMPDIFF(MICROSECOND, MIN(created_at), CURRENT_TIMESTAMP(3)), 0) AS age,
        (SELECT COUNT(*) FROM outbox_dead_letters) AS dead
      FROM outbox WHERE published_at IS NULL`,
    ),
  );
  return {
    depth: Number(row?.depth),
    oldestSeconds: Math.max(0, Number(row?.age) / 1e6),
    deadLetters: Number(row?.dead),
  };
}
