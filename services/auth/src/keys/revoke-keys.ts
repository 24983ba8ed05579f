import { plain, sentence } from '@guichet/contract/events';
import { lockLease, queryOnce, transaction } from '@guichet/database';
import { enqueue } from '@guichet/outbox';
import { keyRevoked } from '../messages.ts';
import { operatorRan } from '../operator.ts';
import { KEYS_LEASE, type KeyDeps, takeStep } from './rotate-keys.ts';
import { planRotation, type Rotation } from './rules.ts';
import * as store from './store.ts';

/**
 * Revokes signing keys for an operator. From the commit on auth signs with another key, which was published before unless it is revoked too;
 * every replica of every service refuses the tokens of the revoked keys within two seconds, and for ever, because a stolen key can sign tokens
 * that never expire. Keys that were removed after their time can be revoked too: a service may still have them.
 * @returns the keys that were not revoked before
 * @throws Error for an id that no key has
 */
export async function revokeKeys(
  deps: KeyDeps,
  rotation: Rotation,
  kids: readonly string[],
): Promise<string[]> {
  return transaction(deps.db, async (trx) => {
    const now = deps.clock();
    await queryOnce(trx, lockLease(KEYS_LEASE));
    const revoked: string[] = [];
    for (const kid of new Set(kids)) {
      const key = await store.findKey(trx, kid);
      if (key === null) throw new Error(`no signing key has the id ${kid}`);
      if (key.state === 'revoked') continue;
      await store.markKeyRevoked(trx, kid);
      revoked.push(kid);
    }
    for (const step of planRotation(await store.listKeys(trx), now, rotation))
      await takeStep(deps, trx, step, now);
    await enqueue(trx, [
      ...revoked.map(keyRevoked),
      ...revoked.map((kid) =>
        operatorRan(now, {
          sentence: sentence`An operator revoked the signing key ${plain(kid)}.`,
          data: { command: 'keys revoke', kid },
        }),
      ),
    ]);
    return revoked;
  });
}
