import { allOf, type Database, queryOnce, select, sql, type Transaction, table } from '@guichet/database';

export interface NoteRow {
  id: string;
  /** The customer that the note is about. */
  user_id: string;
  author_id: string;
  text: string;
  /** The key of the request that added the note, so that a repeated request finds it. */
  idempotency_key: string | null;
  created_at: Date;
}

const notes = table<NoteRow>('customer_notes', {
  id: 'id',
  user_id: 'user_id',
  author_id: 'author_id',
  text: 'text',
  idempotency_key: 'idempotency_key',
  created_at: 'created_at',
});

export async function insertNote(trx: Transaction, note: NoteRow): Promise<void> {
  await queryOnce(trx, notes.insert([note]));
}

export async function findNoteByKey(
  trx: Transaction,
  authorId: string,
  key: string,
): Promise<NoteRow | null> {
  return queryOnce(trx, notes.find(sql`author_id = ${authorId} AND idempotency_key = ${key}`));
}

export type SignedNote = NoteRow & { author_username: string };

/** The notes about a customer with their authors' usernames, newest first, with ids below `before`. A deleted author has no name here either. */
export async function listNotes(
  db: Database,
  userId: string,
  { limit, before }: { limit: number; before: string | null },
): Promise<SignedNote[]> {
  const where = allOf(
    sql`user_id = ${userId}`,
    before === null ? undefined : sql`customer_notes.id < ${before}`,
  );
  return queryOnce(
    db,
    select<SignedNote>(
      sql`SELECT ${notes.columns}, users.username AS author_username
        FROM customer_notes JOIN users ON users.id = customer_notes.author_id
        WHERE ${where} ORDER BY customer_notes.id DESC LIMIT ${limit}`,
    ),
  );
}

/** Deletes the notes about a user, which are personal data, when the user is deleted. */
export async function forgetNotes(trx: Transaction, userId: string): Promise<void> {
  await queryOnce(trx, notes.delete(sql`user_id = ${userId}`));
}
