import { sentence } from '@guichet/contract/events';
import { enqueue } from '@guichet/outbox';
import type { Caller } from '@guichet/tokens';
import { actionLogged, actorOf, nameOf } from '../audit.ts';
import type { Deps, Origin } from '../deps.ts';
import { refuse } from '../errors.ts';
import { mailTo, userChanged } from '../messages.ts';
import { removeSupervised } from './change-as-caller.ts';
import { endAccess } from './end-access.ts';
import { type UserRow, updateUser } from './store.ts';

/** Removes a user's access until a supervisor activates them again. @throws Problem `not_active`, `last_superuser` */
export async function deactivateUser(
  deps: Deps,
  caller: Caller,
  { userId, reason }: { userId: string; reason: string | null },
  origin: Origin,
): Promise<UserRow> {
  return removeSupervised(deps, caller, userId, async (trx, user) => {
    const now = deps.clock();
    if (user.status !== 'active') throw refuse.not_active();
    const deactivated = await updateUser(trx, user, { status: 'deactivated', pending_email: null }, now);
    const revocations = await endAccess(deps, trx, user, 'user_deactivated', now);
    await enqueue(trx, [
      userChanged(deactivated),
      ...revocations,
      actionLogged(now, origin, {
        actor: actorOf(caller),
        action: 'USER_DEACTIVATED',
        subject: { type: 'user', id: user.id },
        concerns: [user.id],
        sentence: sentence`${nameOf(caller)} deactivated ${nameOf(user)}.`,
        data: { reason },
      }),
      ...mailTo(deactivated, now, origin, { template: 'deactivated', data: { reason } }),
    ]);
    return deactivated;
  });
}
