import { sentence } from '@guichet/contract/events';
import { enqueue } from '@guichet/outbox';
import type { Caller } from '@guichet/tokens';
import { actionLogged, actorOf, nameOf } from '../audit.ts';
import type { Deps, Origin } from '../deps.ts';
import { mailTo, userChanged } from '../messages.ts';
import { changeSupervised } from './change-as-caller.ts';
import { type UserRow, updateUser } from './store.ts';
import { type ShownName, verifyPresentName } from './verified-name.ts';

/**
 * Activates a user, from any state, and verifies their name; an active user is left unchanged.
 * @throws Problem `name_changed` if the name is not the one that the caller was shown
 */
export async function activateUser(
  deps: Deps,
  caller: Caller,
  { userId, reason, shown }: { userId: string; reason: string | null; shown: ShownName | null },
  origin: Origin,
): Promise<UserRow> {
  return changeSupervised(deps, caller, userId, async (trx, user) => {
    const now = deps.clock();
    if (user.status === 'active') return user;
    const name = verifyPresentName(user, shown);
    const activated = await updateUser(trx, user, { status: 'active', ...name }, now);
    await enqueue(trx, [
      userChanged(activated),
      actionLogged(now, origin, {
        actor: actorOf(caller),
        action: 'USER_ACTIVATED',
        subject: { type: 'user', id: user.id },
        concerns: [user.id],
        sentence: sentence`${nameOf(caller)} activated ${nameOf(user)}.`,
        data: { from: user.status, reason },
      }),
      ...mailTo(activated, now, origin, { template: 'activated' }),
    ]);
    return activated;
  });
}
