import { sentence } from '@guichet/contract/events';
import { Problem } from '@guichet/errors';
import { enqueue } from '@guichet/outbox';
import type { Caller } from '@guichet/tokens';
import { countFailure, forgetFailures } from '../attempts/guard.ts';
import { refuseWhileLocked } from '../attempts/log-first-refused.ts';
import { actionLogged, actorOf, nameOf } from '../audit.ts';
import type { Deps, Origin } from '../deps.ts';
import { refuse, refuseSetup } from '../errors.ts';
import { mailTo, userChanged } from '../messages.ts';
import { secondFactorAdded } from '../second-factor/after-change.ts';
import { methodsOf } from '../second-factor/methods.ts';
import { issueRecoveryCodes } from '../second-factor/recovery-codes.ts';
import { changeAsCaller } from '../users/change-as-caller.ts';
import { updateUser } from '../users/store.ts';
import { acceptedStep } from './rules.ts';
import { lockTotp, confirmTotp as storeConfirmation } from './store.ts';

/**
 * Turns the second factor on, if the code from the user's app is right. @returns ten recovery codes, shown this once
 * @throws Problem `invalid_totp`, `too_many_attempts`, `totp_already_enabled`
 */
export async function confirmTotp(
  deps: Deps,
  caller: Caller,
  code: string,
  origin: Origin,
): Promise<string[]> {
  const guessed = `totp:${caller.userId}` as const;
  await refuseWhileLocked(deps, guessed, caller.userId, origin);
  const outcome = await changeAsCaller(deps, caller, async (trx, user) => {
    const now = deps.clock();
    if (user.totp_enabled === 1) return refuse.totp_already_enabled();
    const row = await lockTotp(trx, user.id);
    const secret = row === null ? null : deps.vault.open(row.secret_sealed, `totp ${user.id}`);
    const step = secret === null ? null : acceptedStep(secret, code, now, null);
    if (step === null) {
      const closed = await countFailure(trx, guessed, now);
      if (closed !== null) return closed;
      await enqueue(trx, [
        actionLogged(now, origin, {
          actor: actorOf(caller),
          action: 'TOTP_ENROLMENT_FAILED',
          subject: { type: 'user', id: user.id },
          concerns: [user.id],
          sentence: sentence`${nameOf(user)} gave a wrong code while setting up two-factor authentication.`,
        }),
      ]);
      return refuseSetup.invalid_totp();
    }
    const locked = await forgetFailures(trx, guessed, now);
    if (locked !== null) return locked;

    await storeConfirmation(trx, user.id, step, now);
    const recoveryCodes = await issueRecoveryCodes(trx, user.id);
    const isFirst = methodsOf(user).length === 0;
    const changed = await updateUser(trx, user, { totp_enabled: 1 }, now);
    await enqueue(trx, [
      userChanged(changed),
      ...(await secondFactorAdded(deps, trx, caller, { isFirst, now })),
      actionLogged(now, origin, {
        actor: actorOf(caller),
        action: 'TOTP_ENABLED',
        subject: { type: 'user', id: user.id },
        concerns: [user.id],
        sentence: sentence`${nameOf(user)} turned on two-factor authentication.`,
      }),
      ...mailTo(changed, now, origin, { template: 'totp_enabled', data: { at: now.toISOString() } }),
    ]);
    return recoveryCodes;
  });
  if (outcome instanceof Problem) throw outcome;
  return outcome;
}
