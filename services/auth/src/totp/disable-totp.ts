import { enqueue } from '@guichet/outbox';
import type { Caller } from '@guichet/tokens';
import { actionLogged, actorOf } from '../audit.ts';
import type { Deps, Origin } from '../deps.ts';
import { mailTo, userChanged } from '../messages.ts';
import { changeWithPassword } from '../users/change-as-caller.ts';
import { updateUser } from '../users/store.ts';
import { deleteSecondFactor } from './store.ts';

/** Turns the second factor off, after confirming the password. @throws Problem `wrong_password`, `too_many_attempts` */
export async function disableTotp(
  deps: Deps,
  caller: Caller,
  password: string,
  origin: Origin,
): Promise<void> {
  await changeWithPassword(deps, caller, password, async (trx, user) => {
    const now = deps.clock();
    await deleteSecondFactor(trx, user.id);
    if (user.totp_enabled === 0) return;
    const changed = await updateUser(trx, user, { totp_enabled: 0 }, now);
    await enqueue(trx, [
      userChanged(changed),
      actionLogged(now, origin, {
        actor: actorOf(caller),
        action: 'TOTP_DISABLED',
        subject: { type: 'user', id: user.id },
        concerns: [user.id],
        message: `${user.username} turned off two-factor authentication.`,
      }),
      ...mailTo(changed, now, origin, { template: 'totp_disabled', data: { at: now.toISOString() } }),
    ]);
  });
}
