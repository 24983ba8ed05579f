import { enqueue } from '@guichet/outbox';
import type { Caller } from '@guichet/tokens';
import { change, type Deps, type Origin } from '../deps.ts';
import { actorOf, logEntry, userChanged } from '../journal.ts';
import { confirmPassword } from '../passwords/confirm-password.ts';
import { findCaller, lockCaller } from '../users/find-caller.ts';
import { updateUser } from '../users/store.ts';
import { deleteSecondFactor } from './store.ts';

/** Turns the second factor off, for whoever knows the password. @throws Problem `wrong_password`, `too_many_attempts` */
export async function disableTotp(
  deps: Deps,
  caller: Caller,
  password: string,
  origin: Origin,
): Promise<void> {
  await confirmPassword(deps, await findCaller(deps.db, caller), password);
  await change(deps, async (trx) => {
    const now = deps.clock();
    const user = await lockCaller(trx, caller);
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
        message: `${user.username} turned the second factor off.`,
      }),
    ]);
  });
}
