import { type Database, json, queryOnce, sql, type Transaction, table } from '@guichet/database';

interface Quota {
  subject_hash: string;
  /** When the quota was used, in milliseconds since 1970. */
  moments: readonly number[];
  last_used_at: Date;
  /** When the audit log last said that it is used up. */
  used_up_logged_at: Date | null;
}

const quotas = table<Quota>('quotas', {
  subject_hash: 'subject_hash',
  moments: json('moments'),
  last_used_at: 'last_used_at',
  used_up_logged_at: 'used_up_logged_at',
});

/** Creates the subject's row if needed, locks it, and reads it. */
export async function lockUses(
  trx: Transaction,
  subjectHash: string,
  now: Date,
): Promise<Pick<Quota, 'moments' | 'used_up_logged_at'>> {
  await queryOnce(
    trx,
    quotas.upsert(
      [{ subject_hash: subjectHash, moments: [], last_used_at: now }],
      ['subject_hash', 'moments', 'last_used_at'],
      sql`last_used_at = VALUES(last_used_at)`,
    ),
  );
  const quota = await queryOnce(trx, quotas.lockOne(sql`subject_hash = ${subjectHash}`));
  return quota ?? { moments: [], used_up_logged_at: null };
}

export async function readMoments(db: Database, subjectHash: string): Promise<readonly number[]> {
  return (await queryOnce(db, quotas.find(sql`subject_hash = ${subjectHash}`)))?.moments ?? [];
}

export async function writeUses(
  trx: Transaction,
  subjectHash: string,
  uses: Pick<Quota, 'moments' | 'used_up_logged_at'>,
): Promise<void> {
  await queryOnce(trx, quotas.update(uses, sql`subject_hash = ${subjectHash}`));
}

export async function deleteStaleQuotas(trx: Transaction, before: Date, limit: number): Promise<number> {
  return queryOnce(trx, quotas.delete(sql`last_used_at < ${before} LIMIT ${limit}`));
}
