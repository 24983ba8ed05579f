import { plain, sentence } from '@guichet/contract/events';
import { lockLease, queryOnce, transaction } from '@guichet/database';
import { enqueue } from '@guichet/outbox';
import { operatorRan } from '../operator.ts';
import { KEYS_LEASE, type KeyDeps, takeStep } from './rotate-keys.ts';
import { planRotation, type Rotation } from './rules.ts';
import { listKeys } from './store.ts';

/**
 * Rotates the signing keys for an operator, before the current key's time is over; its tokens stay valid until they expire.
 * @returns the id of the key that signs from now on
 * @throws Error if the next key has not been published for long enough
 */
export async function rotateAtOnce(deps: KeyDeps, rotation: Rotation): Promise<string> {
  return transaction(deps.db, async (trx) => {
    const now = deps.clock();
    await queryOnce(trx, lockLease(KEYS_LEASE));
    const keys = await listKeys(trx);
    const steps = planRotation(keys, now, { ...rotation, intervalMs: 0 });
    const promotion = steps.find((step) => step.do === 'promote');
    if (promotion === undefined) {
      const published = keys.find(({ state }) => state === 'published')?.created_at ?? now;
      const from = new Date(published.getTime() + rotation.aheadMs).toISOString();
      throw new Error(`the next key can sign from ${from} on, when it has been published for long enough`);
    }
    for (const step of steps) await takeStep(deps, trx, step, now);
    const { kid } = promotion;
    await enqueue(trx, [
      operatorRan(now, {
        sentence: sentence`An operator rotated the signing keys: ${plain(kid)} signs.`,
        data: { command: 'keys rotate', kid },
      }),
    ]);
    return kid;
  });
}
