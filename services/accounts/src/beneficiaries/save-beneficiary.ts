import type { PayeeNumber } from '@guichet/contract/accounts';
import { type Actor, sentence } from '@guichet/contract/events';
import { newId, queryOnce, type Transaction } from '@guichet/database';
import { enqueue } from '@guichet/outbox';
import { actionLogged } from '../audit.ts';
import type { Deps } from '../deps.ts';
import { once } from '../idempotency/once.ts';
import type { Idempotency, Outcome } from '../idempotency/outcome.ts';
import { requireActive } from '../people/require-active.ts';
import { readPayeeIban } from '../ribs/read-payee-iban.ts';
import { type Beneficiary, insertBeneficiary, lockByIban, renameBeneficiary } from './store.ts';

export interface NewBeneficiary {
  owner: Actor;
  payee: PayeeNumber & { name: string };
  correlationId: string;
  idempotency: Idempotency<Beneficiary> | null;
}

/** Saves a payee. One whose IBAN the owner has already saved gets the new name. @returns the stored payee, or invalid_iban, invalid_rib */
export async function saveBeneficiary(deps: Deps, wanted: NewBeneficiary): Promise<Outcome<Beneficiary>> {
  const { owner, payee, correlationId, idempotency } = wanted;
  const outcome = await once(deps, idempotency, async (trx) => {
    await requireActive(trx, owner);
    const now = deps.clock();
    const saved = await save(trx, {
      id: newId(now),
      ownerId: owner.id,
      name: payee.name,
      iban: readPayeeIban(payee),
      createdAt: now,
    });
    await enqueue(trx, [
      actionLogged(now, correlationId, {
        action: 'BENEFICIARY_ADDED',
        actor: owner,
        subject: { type: 'beneficiary', id: saved.id },
        concerns: [owner.id],
        sentence: sentence`A payee was saved`,
        data: { name: saved.name, iban: saved.iban },
      }),
    ]);
    return saved;
  });
  deps.committed();
  return outcome;
}

async function save(trx: Transaction, wanted: Beneficiary): Promise<Beneficiary> {
  const known = await queryOnce(trx, lockByIban(wanted.ownerId, wanted.iban));
  if (known === null) {
    await queryOnce(trx, insertBeneficiary(wanted));
    return wanted;
  }
  await queryOnce(trx, renameBeneficiary(known.id, wanted.name));
  return { ...known, name: wanted.name };
}
