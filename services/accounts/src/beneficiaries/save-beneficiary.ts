import type { Transaction } from '@guichet/database';
import { type Beneficiary, findByIban, insertBeneficiary, renameBeneficiary } from './store.ts';

/** Saves a payee; one whose IBAN the owner has already only takes the new name. @returns the payee as it stands */
export async function saveBeneficiary(trx: Transaction, asked: Beneficiary): Promise<Beneficiary> {
  const known = await findByIban(trx, asked.ownerId, asked.iban);
  if (known === null) {
    await insertBeneficiary(trx, asked);
    return asked;
  }
  await renameBeneficiary(trx, known.id, asked.name);
  return { ...known, name: asked.name };
}
