import { type Actor, sentence } from '@guichet/contract/events';
import { queryOnce, transaction } from '@guichet/database';
import { problems } from '@guichet/errors';
import { enqueue } from '@guichet/outbox';
import { actionLogged } from '../audit.ts';
import type { Deps } from '../deps.ts';
import { requireActive } from '../people/require-active.ts';
import { deleteBeneficiary, lockBeneficiary } from './store.ts';

/** Removes a saved payee of the owner. @throws Problem not_found */
export async function removeBeneficiary(
  deps: Deps,
  owner: Actor,
  id: string,
  correlationId: string,
): Promise<void> {
  await transaction(deps.db, async (trx) => {
    await requireActive(trx, owner);
    const removed = await queryOnce(trx, lockBeneficiary(owner.id, id));
    if (removed === null) throw problems.not_found();
    await queryOnce(trx, deleteBeneficiary(id));
    await enqueue(trx, [
      actionLogged(deps.clock(), correlationId, {
        action: 'BENEFICIARY_REMOVED',
        actor: owner,
        subject: { type: 'beneficiary', id },
        concerns: [owner.id],
        sentence: sentence`A payee was removed`,
        data: { name: removed.name, iban: removed.iban },
      }),
    ]);
  });
  deps.committed();
}
