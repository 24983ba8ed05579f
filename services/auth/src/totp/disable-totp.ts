import { enqueue } from '@guichet/outbox';
import type { Caller } from '@guichet/tokens';
import { actorOf, logEntry, mailTo, userChanged } from '../audit-log.ts';
import type { Deps, Origin } from '../deps.ts';
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
      logEntry(now, origin, {
        actor: actorOf(caller),
        action: 'TOTP_DISABLED',
        level: 'WARNING',
        subject: { type: 'user', id: user.id },
        concerns: [user.id],
        message: `${user.username} turned off two-factor authentication.`,
      }),
      ...mailTo(changed, now, origin, { template: 'totp_disabled', data: { at: now.toISOString() } }),
    ]);
  });
}
