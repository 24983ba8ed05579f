import type { Transaction } from '@guichet/database';
import { Problem, problems } from '@guichet/errors';
import { countFailure, forgetFailures } from '../attempts/guard.ts';
import { refuseWhileLocked } from '../attempts/log-first-refused.ts';
import { change, type Deps, type Origin } from '../deps.ts';
import { type ConfirmedPayment, useStepUp } from '../step-up/use-step-up.ts';
import { useTotpCode } from '../totp/use-second-factor.ts';
import { lockUser } from '../users/store.ts';
import { methodsOf } from './methods.ts';

/**
 * Reports to another service whether a user has a second factor and, if a code or a confirmation by a passkey is given, uses it. Recovery
 * codes are for signing in only. A confirmation can't be guessed, so a wrong one isn't counted.
 * @throws Problem `not_found` for an unknown user, `too_many_attempts`
 */
export async function verifySecondFactor(
  deps: Deps,
  { userId, code, stepUp }: { userId: string; code: string | null; stepUp: ConfirmedPayment | null },
  origin: Origin,
): Promise<{ enabled: boolean; valid: boolean }> {
  if (code !== null) await refuseWhileLocked(deps, `totp:${userId}`, userId, origin);
  const outcome = await change(deps, async (trx) => {
    const now = deps.clock();
    const user = await lockUser(trx, userId);
    if (user === null || user.status !== 'active') return problems.not_found();
    if (methodsOf(user).length === 0) return { enabled: false, valid: false };
    if (stepUp !== null) return { enabled: true, valid: await useStepUp(trx, user.id, stepUp, now) };
    if (code !== null) return useCode(deps, trx, { userId, code, now });
    return { enabled: true, valid: false };
  });
  if (outcome instanceof Problem) throw outcome;
  return outcome;
}

async function useCode(
  deps: Deps,
  trx: Transaction,
  { userId, code, now }: { userId: string; code: string; now: Date },
): Promise<{ enabled: true; valid: boolean } | Problem> {
  const guessed = `totp:${userId}` as const;
  const valid = await useTotpCode(deps, trx, userId, code, now);
  const locked = valid ? await forgetFailures(trx, guessed, now) : await countFailure(trx, guessed, now);
  return locked ?? { enabled: true, valid };
}
