import { type Database, type Knex, type Query, queryOnce, select, sql, table } from '@guichet/database';
import type { DeadLetter } from '@guichet/events';

/** A dead letter as it is stored. */
export interface StoredLetter extends DeadLetter {
  readonly digest: Buffer;
  readonly receivedAt: Date;
}

const letters = table<StoredLetter>('dead_letters', {
  digest: 'digest',
  receivedAt: 'received_at',
  stream: 'stream',
  sequence: { column: 'sequence', read: Number, write: (sequence) => sequence },
  subject: 'subject',
  messageId: 'message_id',
  reason: 'reason',
  payload: 'payload',
});

/** Creates the table of a service's dead letters; for a migration. Safe to run again. */
export async function createDeadLettersTable(db: Knex): Promise<void> {
  await db.raw(`CREATE TABLE IF NOT EXISTS dead_letters (
    digest BINARY(32) NOT NULL PRIMARY KEY,
    received_at DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3),
    stream VARCHAR(32) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
    sequence BIGINT UNSIGNED NOT NULL,
    subject VARCHAR(255) NOT NULL,
    message_id VARCHAR(255) NOT NULL,
    reason VARCHAR(500) NOT NULL,
    payload LONGBLOB NOT NULL,
    KEY dead_letters_place (stream, sequence)
  ) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`);
}

/** Stores letters; one that is already stored only gets the new reason. */
export function insertLetters(given: readonly (DeadLetter & { digest: Buffer })[]): Query<void> {
  return letters.upsert(
    given.map((letter) => ({
      ...letter,
      subject: letter.subject.toWellFormed().slice(0, 255),
      messageId: letter.messageId.toWellFormed().slice(0, 255),
    })),
    ['digest', 'stream', 'sequence', 'subject', 'messageId', 'reason', 'payload'],
    sql`reason = VALUES(reason)`,
  );
}

/** The next page of letters after one, in the order of their streams. */
export function readLetters(
  after: Pick<StoredLetter, 'stream' | 'sequence' | 'digest'> | null,
  limit: number,
): Query<StoredLetter[]> {
  const from =
    after === null
      ? sql`1 = 1`
      : sql`(stream, sequence, digest) > (${after.stream}, ${after.sequence}, ${after.digest})`;
  return letters.select(sql`${from} ORDER BY stream, sequence, digest LIMIT ${limit}`);
}

export function deleteLetter(digest: Buffer): Query<number> {
  return letters.delete(sql`digest = ${digest}`);
}

/** Deletes the letters of a subject, once a newer message of the subject has been read. */
export function discardLettersOf(stream: string, subject: string): Query<number> {
  return letters.delete(sql`stream = ${stream} AND subject = ${subject}`);
}

/** The number of letters of each stream. */
export async function countDeadLetters(db: Database): Promise<Map<string, number>> {
  const rows = await queryOnce(
    db,
    select<{ stream: string; letters: bigint }>(
      sql`SELECT stream, COUNT(*) AS letters FROM dead_letters GROUP BY stream`,
    ),
  );
  return new Map(rows.map(({ stream, letters: count }) => [stream, Number(count)]));
}
