import type { Beneficiary as BeneficiaryShown } from '@guichet/contract/accounts';
import { ribFromIban } from '@guichet/iban';
import type { Beneficiary } from './store.ts';

/** A saved payee as its owner sees it. */
export function viewBeneficiary(one: Beneficiary): BeneficiaryShown {
  return {
    id: one.id,
    name: one.name,
    iban: one.iban,
    rib: ribFromIban(one.iban),
    created_at: one.createdAt.toISOString(),
  };
}
