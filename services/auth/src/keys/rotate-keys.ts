import { generateKeyPairSync } from 'node:crypto';
import { plain, sentence } from '@guichet/contract/events';
import { lockLease, queryOnce, type Transaction, transaction } from '@guichet/database';
import type { OutboxMessage } from '@guichet/events';
import { enqueue } from '@guichet/outbox';
import { publicJwk } from '@guichet/tokens';
import { actionLogged } from '../audit.ts';
import type { Deps, Policy } from '../deps.ts';
import { NO_REQUEST } from '../operator.ts';
import { planRotation, type Rotation, type Step } from './rules.ts';
import * as store from './store.ts';

/** What a change of the signing keys needs. */
export type KeyDeps = Pick<Deps, 'db' | 'clock' | 'vault'> & { policy: Pick<Policy, 'tokenTtlSeconds'> };

/** Locked by every change of the signing keys. */
export const KEYS_LEASE = 'signing keys';
/** Other replicas may sign with a retired key until they reload the keys. */
const LATECOMERS_MS = 60 * 60 * 1000;

/**
 * Rotates the signing keys if a step is due, one replica at a time, and reloads them. The first start creates the first two keys.
 * @returns the completed steps
 */
export async function rotateKeys(
  deps: KeyDeps & Pick<Deps, 'keyring' | 'log'>,
  rotation: Rotation,
): Promise<Step[]> {
  const due = planRotation(await store.listKeys(deps.db), deps.clock(), rotation);
  if (due.length > 0) {
    const done = await transaction(deps.db, async (trx) => {
      const now = deps.clock();
      await queryOnce(trx, lockLease(KEYS_LEASE));
      // Another replica may have done it while we waited for the lock.
      const steps = planRotation(await store.listKeys(trx), now, rotation);
      for (const step of steps) await takeStep(deps, trx, step, now);
      const promoted = steps.filter((step) => step.do === 'promote');
      if (promoted.length > 0)
        await enqueue(
          trx,
          promoted.map(({ kid }) => rotationLogged(kid, now)),
        );
      return steps;
    });
    for (const step of done) deps.log.info({ step }, 'signing keys rotated');
    await deps.keyring.reload();
    return done;
  }
  await deps.keyring.reload();
  return [];
}

/** The audit event of a rotation by schedule. */
function rotationLogged(kid: string, now: Date): OutboxMessage {
  return actionLogged(now, NO_REQUEST, {
    actor: null,
    action: 'SIGNING_KEY_ROTATED',
    subject: null,
    concerns: [],
    sentence: sentence`The signing key ${plain(kid)} signs from now on.`,
    data: { kid },
  });
}

/** Takes one step of a rotation. The lease `signing keys` must be locked. */
export async function takeStep(
  { vault, policy }: Pick<KeyDeps, 'vault' | 'policy'>,
  trx: Transaction,
  step: Step,
  now: Date,
): Promise<void> {
  switch (step.do) {
    case 'create': {
      const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const jwk = publicJwk(publicKey);
      const privateJwk = JSON.stringify(privateKey.export({ format: 'jwk' }));
      return store.insertKey(trx, {
        kid: jwk.kid,
        state: step.as,
        public_jwk: JSON.stringify(jwk),
        private_sealed: vault.seal(privateJwk, `signing key ${jwk.kid}`),
        created_at: now,
        signing_since: step.as === 'signing' ? now : null,
        needed_until: null,
      });
    }
    case 'promote':
      return store.promoteKey(trx, step.kid, now);
    case 'retire': {
      const neededUntil = new Date(now.getTime() + policy.tokenTtlSeconds * 1000 + LATECOMERS_MS);
      return store.retireKey(trx, step.kid, neededUntil);
    }
    case 'remove':
      return store.removeKey(trx, step.kid);
  }
}
