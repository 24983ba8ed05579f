import type { Database, Transaction } from '@guichet/database';

export interface RefusedRow {
  letter: number;
  id: string;
  sequence: number;
  subject: string;
  payload: string;
  reason: string;
  refused_at: Date;
}

export async function readRefused(db: Database): Promise<RefusedRow[]> {
  return db('outbox_dead_letters')
    .orderBy('letter')
    .select('letter', 'id', 'sequence', 'subject', 'payload', 'reason', 'refused_at');
}

export async function deleteRefused(db: Database | Transaction, letter: number): Promise<void> {
  await db('outbox_dead_letters').where({ letter }).delete();
}

/** Whether a later event of the same user was written since. */
export async function isSuperseded(trx: Transaction, { subject, sequence }: RefusedRow): Promise<boolean> {
  if (!subject.startsWith('users.')) return false;
  const [rows] = await trx.raw(
    `SELECT 1 FROM outbox WHERE sequence > ? AND family = 'users' AND (subject = ? OR (subject = 'users.*' AND LOCATE(?, payload) > 0)) LIMIT 1`,
    [sequence, subject, `"subject":${JSON.stringify(subject)}`],
  );
  return rows.length > 0;
}
