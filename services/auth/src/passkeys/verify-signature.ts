import type { Assertion } from '@guichet/contract/auth';
import { change, type Deps } from '../deps.ts';
import { type ChallengeRow, takeChallenge } from './challenge-store.ts';
import { relyingPartyOf, userHandleOf } from './rules.ts';
import { findPasskey, type PasskeyRow } from './store.ts';
import { InvalidCredentialError, verifyAssertion } from './webauthn.ts';

/** A challenge, and the passkey that signed it. */
export interface Signed {
  challenge: ChallengeRow;
  passkey: PasskeyRow;
  /** What the signature changes in the stored passkey. */
  used: Pick<PasskeyRow, 'sign_count' | 'backed_up'>;
}

/** A signature that was refused, with the reason for the log, and the user whose passkey it names. */
export interface Unsigned {
  reason: string;
  userId: string | null;
}

/** Verifies the signature under a challenge, which is used up whatever the result. */
export async function verifySignature(
  deps: Deps,
  { challengeId, credential }: { challengeId: string; credential: Assertion },
  purpose: ChallengeRow['purpose'],
): Promise<Signed | Unsigned> {
  const challenge = await change(deps, (trx) => takeChallenge(trx, { id: challengeId }, deps.clock()));
  const passkey = await findPasskey(deps.db, credential.id);
  const userId = passkey?.user_id ?? null;
  if (challenge?.purpose !== purpose) return { reason: 'unknown_challenge', userId };
  if (passkey === null) return { reason: 'unknown_passkey', userId };
  if (!isOfItsUser(challenge, passkey, credential)) return { reason: 'passkey_of_another_user', userId };
  try {
    const relyingParty = relyingPartyOf(deps.policy.publicUrl);
    const used = await verifyAssertion(relyingParty, credential, passkey, challenge.challenge_hash);
    return { challenge, passkey, used };
  } catch (error) {
    if (!(error instanceof InvalidCredentialError)) throw error;
    deps.log.info({ reason: error.message }, 'the signature of a passkey was refused');
    return { reason: 'invalid_signature', userId };
  }
}

/** Where the challenge names no user, the authenticator must (WebAuthn level 3, 7.2, step 6). */
function isOfItsUser(challenge: ChallengeRow, { user_id }: PasskeyRow, { response }: Assertion): boolean {
  if (challenge.user_id !== null && challenge.user_id !== user_id) return false;
  if (response.userHandle == null) return challenge.user_id !== null;
  return response.userHandle === userHandleOf(user_id).toString('base64url');
}

/**
 * Whether the counter of a signature is still above the stored one: the same passkey may have signed twice at once. Authenticators
 * without a counter send 0.
 */
export function counterIsFresh(stored: Pick<PasskeyRow, 'sign_count'>, { used }: Signed): boolean {
  return (stored.sign_count === 0 && used.sign_count === 0) || used.sign_count > stored.sign_count;
}
