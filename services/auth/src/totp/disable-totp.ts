import { sentence } from '@guichet/contract/events';
import { enqueue } from '@guichet/outbox';
import type { Caller } from '@guichet/tokens';
import { actionLogged, actorOf, nameOf } from '../audit.ts';
import type { Deps, Origin } from '../deps.ts';
import { mailTo, userChanged } from '../messages.ts';
import { secondFactorRemoved } from '../second-factor/after-change.ts';
import { methodsOf } from '../second-factor/methods.ts';
import { changeWithPassword } from '../users/change-as-caller.ts';
import { updateUser } from '../users/store.ts';
import { deleteRecoveryCodes, deleteTotp } from './store.ts';

/**
 * Turns the authenticator app off, after confirming the password. Recovery codes stay while passkeys do.
 * @throws Problem `wrong_password`, `too_many_attempts`
 */
export async function disableTotp(
  deps: Deps,
  caller: Caller,
  password: string,
  origin: Origin,
): Promise<void> {
  await changeWithPassword(deps, caller, password, origin, async (trx, user) => {
    const now = deps.clock();
    await deleteTotp(trx, user.id);
    if (user.totp_enabled === 0) return;
    if (methodsOf({ ...user, totp_enabled: 0 }).length === 0) await deleteRecoveryCodes(trx, user.id);
    const changed = await updateUser(trx, user, { totp_enabled: 0 }, now);
    await enqueue(trx, [
      userChanged(changed),
      ...(await secondFactorRemoved(deps, trx, changed, now)),
      actionLogged(now, origin, {
        actor: actorOf(caller),
        action: 'TOTP_DISABLED',
        subject: { type: 'user', id: user.id },
        concerns: [user.id],
        sentence: sentence`${nameOf(user)} turned off two-factor authentication.`,
      }),
      ...mailTo(changed, now, origin, { template: 'totp_disabled', data: { at: now.toISOString() } }),
    ]);
  });
}
