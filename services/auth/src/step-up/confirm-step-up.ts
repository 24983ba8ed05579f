import type { Assertion } from '@guichet/contract/auth';
import { sentence } from '@guichet/contract/events';
import type { Transaction } from '@guichet/database';
import { Problem } from '@guichet/errors';
import { enqueue } from '@guichet/outbox';
import type { Caller } from '@guichet/tokens';
import { actionLogged, actorOf, nameOf } from '../audit.ts';
import type { Deps, Origin } from '../deps.ts';
import { refuse } from '../errors.ts';
import { hashOpaqueToken, newOpaqueToken } from '../opaque-token.ts';
import { STEP_UP_MS } from '../passkeys/rules.ts';
import { lockPasskey, markPasskeyUsed } from '../passkeys/store.ts';
import { counterIsFresh, type Signed, verifySignature } from '../passkeys/verify-signature.ts';
import { changeAsCaller } from '../users/change-as-caller.ts';
import { insertStepUp } from './store.ts';

/**
 * Confirms a payment by the signature of a passkey. @returns the value that the payment's request sends; only its hash is stored. It ends
 * after five minutes, and with the session and the passkey.
 * @throws Problem `invalid_passkey`
 */
export async function confirmStepUp(
  deps: Deps,
  caller: Caller,
  signature: { challengeId: string; credential: Assertion },
  origin: Origin,
): Promise<string> {
  const signed = await verifySignature(deps, signature, 'step_up');
  // A refusal is returned, not thrown, because the audit event must be committed.
  const outcome = await changeAsCaller(deps, caller, async (trx) => {
    const now = deps.clock();
    const value = 'reason' in signed ? null : await keepConfirmation(trx, caller, signed, now);
    if (value !== null) return value;
    await enqueue(trx, [
      actionLogged(now, origin, {
        actor: actorOf(caller),
        action: 'STEP_UP_FAILED',
        subject: { type: 'user', id: caller.userId },
        concerns: [caller.userId],
        sentence: sentence`A passkey of ${nameOf(caller)} could not confirm a payment.`,
        data: { reason: 'reason' in signed ? signed.reason : 'unknown_passkey' },
      }),
    ]);
    return refuse.invalid_passkey();
  });
  if (outcome instanceof Problem) throw outcome;
  return outcome;
}

/** Stores the confirmation, unless it is another user's or session's, or the passkey was removed or used since it was verified. */
async function keepConfirmation(
  trx: Transaction,
  caller: Caller,
  signed: Signed,
  now: Date,
): Promise<string | null> {
  const { user_id, session_id, amount, currency, iban } = signed.challenge;
  if (user_id !== caller.userId || session_id !== caller.sessionId) return null;
  if (amount === null || currency === null || iban === null) return null;
  const passkey = await lockPasskey(trx, user_id, signed.passkey.id);
  if (passkey === null || !counterIsFresh(passkey, signed)) return null;
  await markPasskeyUsed(trx, passkey.id, { ...signed.used, last_used_at: now });
  const value = newOpaqueToken();
  await insertStepUp(trx, {
    token_hash: hashOpaqueToken(value),
    user_id,
    session_id,
    passkey_id: passkey.id,
    amount: BigInt(amount),
    currency,
    iban,
    expires_at: new Date(now.getTime() + STEP_UP_MS),
  });
  return value;
}
