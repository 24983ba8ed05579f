import { isIban, normalizeIban } from '@guichet/iban';
import type { Caller } from '@guichet/tokens';
import type { Deps } from '../deps.ts';
import { refuse } from '../errors.ts';
import { type IssuedChallenge, issueChallenge } from '../passkeys/issue-challenge.ts';
import { lockPasskeys, type PasskeyRow } from '../passkeys/store.ts';
import { changeAsCaller } from '../users/change-as-caller.ts';

/**
 * Begins to confirm a payment with a passkey. @returns a challenge for this payment and session, and the passkeys that may sign it
 * @throws Problem `no_passkey`, `invalid_iban`
 */
export async function startStepUp(
  deps: Deps,
  caller: Caller,
  payment: { amountMinor: bigint; currency: string; iban: string },
): Promise<{ issued: IssuedChallenge; passkeys: PasskeyRow[] }> {
  const iban = normalizeIban(payment.iban);
  return changeAsCaller(deps, caller, async (trx, user) => {
    if (!isIban(iban)) throw refuse.invalid_iban();
    const passkeys = await lockPasskeys(trx, user.id);
    if (passkeys.length === 0) throw refuse.no_passkey();
    const meant = {
      purpose: 'step_up',
      user_id: user.id,
      session_id: caller.sessionId,
      amount: payment.amountMinor,
      currency: payment.currency,
      iban,
    } as const;
    return { issued: await issueChallenge(trx, meant, deps.clock()), passkeys };
  });
}
