import { Problem, problems } from '@guichet/errors';
import { countFailure, forgetFailures, refuseWhileLocked } from '../attempts/guard.ts';
import { change, type Deps } from '../deps.ts';
import { lockUser } from '../users/store.ts';
import { useTotpCode } from './use-second-factor.ts';

/**
 * Reports to another service whether a user has a second factor and, if a code is given, uses the code. Recovery codes are for signing
 * in only.
 * @throws Problem `not_found` for an unknown user, `too_many_attempts`
 */
export async function verifyTotp(
  deps: Deps,
  { userId, code }: { userId: string; code: string | null },
): Promise<{ enabled: boolean; valid: boolean }> {
  const guessed = `totp:${userId}` as const;
  if (code !== null) await refuseWhileLocked(deps.db, guessed, deps.clock());
  const outcome = await change(deps, async (trx) => {
    const now = deps.clock();
    const user = await lockUser(trx, userId);
    if (user === null || user.status !== 'active') return problems.not_found();
    if (user.totp_enabled === 0) return { enabled: false, valid: false };
    if (code === null) return { enabled: true, valid: false };
    const valid = await useTotpCode(deps, trx, user.id, code, now);
    const locked = valid ? await forgetFailures(trx, guessed, now) : await countFailure(trx, guessed, now);
    return locked ?? { enabled: true, valid };
  });
  if (outcome instanceof Problem) throw outcome;
  return outcome;
}
