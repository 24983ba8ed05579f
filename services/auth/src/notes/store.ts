import { allOf, type Database, queryOnce, sql, type Transaction, table } from '@guichet/database';

export interface NoteRow {
  id: string;
  /** The customer that the note is about. */
  user_id: string;
  author_id: string;
  /** The author's username when the note was written. */
  author_username: string;
  text: string;
  /** The key of the request that added the note, so that a repeated request finds it. */
  idempotency_key: string | null;
  created_at: Date;
}

const notes = table<NoteRow>('customer_notes', {
  id: 'id',
  user_id: 'user_id',
  author_id: 'author_id',
  author_username: 'author_username',
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

/** The notes about a customer, newest first, with ids below `before`. */
export async function listNotes(
  db: Database,
  userId: string,
  { limit, before }: { limit: number; before: string | null },
): Promise<NoteRow[]> {
  const where = allOf(sql`user_id = ${userId}`, before === null ? undefined : sql`id < ${before}`);
  return queryOnce(db, notes.select(sql`${where} ORDER BY id DESC LIMIT ${limit}`));
}

/** Deletes the notes about a user, which are personal data, when the user is deleted. */
export async function forgetNotes(trx: Transaction, userId: string): Promise<void> {
  await queryOnce(trx, notes.delete(sql`user_id = ${userId}`));
}
