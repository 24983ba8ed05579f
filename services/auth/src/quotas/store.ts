import type { Database, Transaction } from '@guichet/database';

/** Makes sure of the address's row, locks it, and reads the moments at which it was asked for. */
export async function lockMoments(trx: Transaction, addressHash: string, now: Date): Promise<number[]> {
  await trx.raw(
    `INSERT INTO mail_quotas (address_hash, moments, last_asked_at) VALUES (?, '[]', ?)
     ON DUPLICATE KEY UPDATE last_asked_at = VALUES(last_asked_at)`,
    [addressHash, now],
  );
  const row = await trx('mail_quotas').where({ address_hash: addressHash }).forUpdate().first('moments');
  return JSON.parse(row.moments);
}

export async function writeMoments(
  trx: Transaction,
  addressHash: string,
  moments: readonly number[],
): Promise<void> {
  await trx('mail_quotas')
    .where({ address_hash: addressHash })
    .update({ moments: JSON.stringify(moments) });
}

export async function deleteStaleQuotas(db: Database, before: Date, limit: number): Promise<number> {
  return db('mail_quotas').where('last_asked_at', '<', before).limit(limit).delete();
}
