import type { Database } from '@guichet/database';
import type { DeadLetter, StreamName } from '@guichet/events';
import type { Knex } from 'knex';

/** A dead letter as it is stored. */
export interface StoredLetter extends DeadLetter {
  readonly digest: Buffer;
  readonly receivedAt: Date;
}

interface LetterRow {
  digest: Buffer;
  received_at: Date;
  stream: StreamName;
  sequence: bigint | number;
  subject: string;
  message_id: string;
  reason: string;
  payload: Buffer;
}

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

/** Stores letters; a letter that comes again is stored once. */
export async function insertLetters(
  db: Database,
  letters: readonly (DeadLetter & { digest: Buffer })[],
): Promise<void> {
  for (const letter of letters) {
    await db.raw(
      `INSERT INTO dead_letters (digest, stream, sequence, subject, message_id, reason, payload) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON DUPLICATE KEY UPDATE reason = VALUES(reason)`,
      [
        letter.digest,
        letter.stream,
        letter.sequence,
        letter.subject.toWellFormed().slice(0, 255),
        letter.messageId.toWellFormed().slice(0, 255),
        letter.reason,
        Buffer.from(letter.payload),
      ],
    );
  }
}

/** The next page of letters after one, in the order of their streams. */
export async function readLetters(
  db: Database,
  after: { stream: string; sequence: string; digest: Buffer } | null,
  limit: number,
): Promise<StoredLetter[]> {
  const [rows] = await db.raw(
    `SELECT digest, received_at, stream, sequence, subject, message_id, reason, payload FROM dead_letters
     ${after === null ? '' : 'WHERE (stream, sequence, digest) > (?, ?, ?)'} ORDER BY stream, sequence, digest LIMIT ?`,
    [...(after === null ? [] : [after.stream, after.sequence, after.digest]), limit],
  );
  return (rows as LetterRow[]).map(({ received_at, message_id, sequence, ...row }) => ({
    ...row,
    receivedAt: received_at,
    messageId: message_id,
    sequence: Number(sequence),
  }));
}

export async function deleteLetter(db: Database, digest: Buffer): Promise<void> {
  await db.raw('DELETE FROM dead_letters WHERE digest = ?', [digest]);
}

/** The number of letters of each stream. */
export async function countDeadLetters(db: Database): Promise<Map<string, number>> {
  const [rows] = await db.raw('SELECT stream, COUNT(*) AS letters FROM dead_letters GROUP BY stream');
  return new Map(
    (rows as { stream: string; letters: unknown }[]).map(({ stream, letters }) => [stream, Number(letters)]),
  );
}
