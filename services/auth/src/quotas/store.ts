import type { Database, Transaction } from '@guichet/database';

/** Creates the subject's row if needed, locks it, and reads the times at which the quota was used. */
export async function lockMoments(trx: Transaction, subjectHash: string, now: Date): Promise<number[]> {
  await trx.raw(
    `INSERT INTO quotas (subject_hash, moments, last_used_at) VALUES (?, '[]', ?)
     ON DUPLICATE KEY UPDATE last_used_at = VALUES(last_used_at)`,
    [subjectHash, now],
  );
  const row = await trx('quotas').where({ subject_hash: subjectHash }).forUpdate().first('moments');
  return JSON.parse(row.moments);
}

export async function readMoments(db: Database, subjectHash: string): Promise<number[]> {
  const row = await db('quotas').where({ subject_hash: subjectHash }).first('moments');
  return row === undefined ? [] : JSON.parse(row.moments);
}

export async function writeMoments(
  trx: Transaction,
  subjectHash: string,
  moments: readonly number[],
): Promise<void> {
  await trx('quotas')
    .where({ subject_hash: subjectHash })
    .update({ moments: JSON.stringify(moments) });
}

export async function deleteStaleQuotas(db: Database, before: Date, limit: number): Promise<number> {
  return db('quotas').where('last_used_at', '<', before).limit(limit).delete();
}
