import type { Database, Transaction } from '@guichet/database';

export interface Beneficiary {
  id: string;
  ownerId: string;
  name: string;
  iban: string;
  createdAt: Date;
}

/** @throws a duplicate key where the owner has the IBAN saved already */
export async function insertBeneficiary(trx: Transaction, one: Beneficiary): Promise<void> {
  await trx('beneficiaries').insert({
    id: one.id,
    owner_id: one.ownerId,
    name: one.name,
    iban: one.iban,
    created_at: one.createdAt,
  });
}

export async function findByIban(
  trx: Transaction,
  ownerId: string,
  iban: string,
): Promise<Beneficiary | null> {
  const row = await trx('beneficiaries').where({ owner_id: ownerId, iban }).forUpdate().first();
  return row === undefined ? null : toBeneficiary(row);
}

export async function renameBeneficiary(trx: Transaction, id: string, name: string): Promise<void> {
  await trx('beneficiaries').where({ id }).update({ name });
}

/** @returns the one deleted; null where the owner has none such */
export async function deleteBeneficiary(
  trx: Transaction,
  ownerId: string,
  id: string,
): Promise<Beneficiary | null> {
  const row = await trx('beneficiaries').where({ owner_id: ownerId, id }).forUpdate().first();
  if (row === undefined) return null;
  await trx('beneficiaries').where({ id }).delete();
  return toBeneficiary(row);
}

export async function deleteBeneficiariesOf(trx: Transaction, ownerId: string): Promise<void> {
  await trx('beneficiaries').where({ owner_id: ownerId }).delete();
}

/** A page, oldest first, with one more than `limit` where there are more. */
export async function listBeneficiaries(
  db: Database,
  filter: { ownerId: string; afterId: string | undefined; limit: number },
): Promise<Beneficiary[]> {
  const query = db('beneficiaries')
    .where('owner_id', filter.ownerId)
    .orderBy('id')
    .limit(filter.limit + 1);
  if (filter.afterId !== undefined) query.where('id', '>', filter.afterId);
  return (await query).map(toBeneficiary);
}

function toBeneficiary(row: {
  id: string;
  owner_id: string;
  name: string;
  iban: string;
  created_at: Date;
}): Beneficiary {
  return { id: row.id, ownerId: row.owner_id, name: row.name, iban: row.iban, createdAt: row.created_at };
}
