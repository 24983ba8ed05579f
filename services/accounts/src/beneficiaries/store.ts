import {
  allOf,
  constant,
  inTransaction,
  type Query,
  sql,
  type TransactionQuery,
  table,
  uuid,
  uuidColumn,
  uuids,
} from '@guichet/database';

export interface Beneficiary {
  id: string;
  ownerId: string;
  name: string;
  iban: string;
  createdAt: Date;
}

const beneficiaries = table<Beneficiary>('beneficiaries', {
  id: uuidColumn('id'),
  ownerId: uuidColumn('owner_id'),
  name: 'name',
  iban: 'iban',
  createdAt: 'created_at',
});

/** Fails with a duplicate key if the owner has already saved the IBAN. */
export function insertBeneficiary(one: Beneficiary): TransactionQuery<void> {
  return inTransaction(beneficiaries.insert([one]));
}

export function lockByIban(ownerId: string, iban: string): TransactionQuery<Beneficiary | null> {
  return beneficiaries.lockOne(sql`owner_id = ${uuid(ownerId)} AND iban = ${iban}`);
}

/** Null if the owner has no such payee. */
export function lockBeneficiary(ownerId: string, id: string): TransactionQuery<Beneficiary | null> {
  return beneficiaries.lockOne(sql`owner_id = ${uuid(ownerId)} AND id = ${uuid(id)}`);
}

export function renameBeneficiary(id: string, name: string): TransactionQuery<unknown> {
  return inTransaction(beneficiaries.update({ name }, sql`id = ${uuid(id)}`));
}

export function deleteBeneficiary(id: string): TransactionQuery<unknown> {
  return inTransaction(beneficiaries.delete(sql`id = ${uuid(id)}`));
}

export function deleteBeneficiariesOf(ownerId: string): TransactionQuery<unknown> {
  return inTransaction(beneficiaries.delete(sql`owner_id = ${uuid(ownerId)}`));
}

/** Payees that other users have saved under these IBANs, at most `limit`, locked in the order of their ids. */
export function lockPayeesSavedAs(ibans: readonly string[], limit: number): TransactionQuery<Beneficiary[]> {
  if (ibans.length === 0) return constant([]);
  return beneficiaries.lock(sql`iban IN (${ibans}) ORDER BY id LIMIT ${limit}`);
}

export function deleteBeneficiaries(ids: readonly string[]): TransactionQuery<unknown> {
  if (ids.length === 0) return constant(0);
  return inTransaction(beneficiaries.delete(sql`id IN (${uuids(ids)})`));
}

/** A page, oldest first, with one more than `limit` if there are more. */
export function listBeneficiaries(filter: {
  ownerId: string;
  afterId: string | undefined;
  limit: number;
}): Query<Beneficiary[]> {
  const { ownerId, afterId, limit } = filter;
  const where = allOf(
    sql`owner_id = ${uuid(ownerId)}`,
    afterId === undefined ? undefined : sql`id > ${uuid(afterId)}`,
  );
  return beneficiaries.select(sql`${where} ORDER BY id LIMIT ${limit + 1}`);
}
