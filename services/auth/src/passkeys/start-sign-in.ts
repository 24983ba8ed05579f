import type { Deps, Origin } from '../deps.ts';
import { refuse } from '../errors.ts';
import { hashOpaqueToken } from '../opaque-token.ts';
import { byNetwork, refuseWhileUsedUp } from '../quotas/use-quotas.ts';
import { findSignIn } from '../sessions/sign-in-store.ts';
import { type IssuedChallenge, issueChallenge } from './issue-challenge.ts';
import { PASSKEYS_MAX } from './rules.ts';
import { listPasskeys, type PasskeyRow } from './store.ts';

/**
 * Begins a sign-in with a passkey. @param ticket of a sign-in that waits for its second step: then only its user's passkeys may sign
 * @throws Problem `invalid_sign_in`, `too_many_requests`
 */
export async function startSignIn(
  deps: Deps,
  ticket: string | null,
  origin: Origin,
): Promise<{ issued: IssuedChallenge; passkeys: PasskeyRow[] }> {
  const now = deps.clock();
  await refuseWhileUsedUp(deps.db, byNetwork('failed_sign_in_from_network', origin), now);
  if (ticket === null) {
    return { issued: await issueChallenge(deps.db, { purpose: 'sign_in' }, now), passkeys: [] };
  }
  const signIn = await findSignIn(deps.db, hashOpaqueToken(ticket), now);
  if (signIn === null) throw refuse.invalid_sign_in();
  return {
    issued: await issueChallenge(deps.db, { purpose: 'sign_in', user_id: signIn.user_id }, now),
    passkeys: await listPasskeys(deps.db, signIn.user_id, { limit: PASSKEYS_MAX, before: null }),
  };
}
