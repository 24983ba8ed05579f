import type { Assertion } from '@guichet/contract/auth';
import type { Transaction } from '@guichet/database';
import { Problem } from '@guichet/errors';
import { change, type Deps, type Origin } from '../deps.ts';
import { refuse } from '../errors.ts';
import { byNetwork, refuseWhileUsedUp } from '../quotas/use-quotas.ts';
import { type Attempt, refuseInactive, refuseUncounted } from '../sessions/attempt.ts';
import { type NewSession, openSession } from '../sessions/open-session.ts';
import { findUser, lockUser } from '../users/store.ts';
import { lockPasskey, markPasskeyUsed } from './store.ts';
import { counterIsFresh, type Signed, verifySignature } from './verify-signature.ts';

/**
 * Signs a user in with a passkey alone: the authenticator has verified the user, so it is both factors. All failures get the same refusal.
 * They count for the network address and not for the user: a signature can't be guessed, and a stranger must not lock a user out. For the
 * same reason a user whose password is locked may sign in with a passkey.
 * @throws Problem `invalid_credentials`, `too_many_requests`; after a right signature `account_pending`, `account_rejected`,
 * `account_deactivated`
 */
export async function logInWithPasskey(
  deps: Deps,
  signature: { challengeId: string; credential: Assertion },
  origin: Origin,
): Promise<NewSession> {
  await refuseWhileUsedUp(deps.db, byNetwork('failed_sign_in_from_network', origin), deps.clock());
  const signed = await verifySignature(deps, signature, 'sign_in');
  const userId = 'reason' in signed ? signed.userId : signed.passkey.user_id;
  const found = userId === null ? null : await findUser(deps.db, userId);

  // A refusal is returned, not thrown, because the attempt and the audit event must be committed.
  const outcome = await change(deps, (trx) => {
    const attempt: Attempt = {
      deps,
      origin,
      guessed: null,
      found,
      device: null,
      closed: null,
      now: deps.clock(),
    };
    return 'reason' in signed
      ? refuseUncounted(trx, attempt, signed.reason, refuse.invalid_credentials())
      : admit(trx, attempt, signed);
  });
  if (outcome instanceof Problem) throw outcome;
  return outcome;
}

async function admit(trx: Transaction, attempt: Attempt, signed: Signed): Promise<NewSession | Problem> {
  const { deps, origin, now } = attempt;
  const user = await lockUser(trx, signed.passkey.user_id);
  const passkey = user === null ? null : await lockPasskey(trx, user.id, signed.passkey.id);
  // It may have been removed, or used, since the signature was verified.
  if (user === null || passkey === null || !counterIsFresh(passkey, signed)) {
    return refuseUncounted(trx, attempt, 'unknown_passkey', refuse.invalid_credentials());
  }
  if (user.status !== 'active') return refuseInactive(trx, attempt, user);
  await markPasskeyUsed(trx, passkey.id, { ...signed.used, last_used_at: now });
  return openSession(deps, trx, user, origin, now, 'passkey');
}
