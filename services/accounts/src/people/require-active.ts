import type { Actor } from '@guichet/contract/events';
import { query, type Transaction } from '@guichet/database';
import { refuseActor } from './rules.ts';
import { holdPeople } from './store.ts';

/**
 * Locks the actor, who must be active in the role of their token until the transaction ends. Call it before any other lock.
 * @throws Problem unauthenticated, forbidden; unavailable while auth's event about them has not arrived yet
 */
export async function requireActive(trx: Transaction, actor: Actor): Promise<void> {
  const [people] = await query(trx, holdPeople([actor.id]));
  const refusal = refuseActor(people.get(actor.id), actor);
  if (refusal !== null) throw refusal;
}
