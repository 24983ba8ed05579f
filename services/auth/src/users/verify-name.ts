import { sentence } from '@guichet/contract/events';
import { problems } from '@guichet/errors';
import { enqueue } from '@guichet/outbox';
import type { Caller } from '@guichet/tokens';
import { actionLogged, actorOf, nameOf } from '../audit.ts';
import type { Deps, Origin } from '../deps.ts';
import { userChanged } from '../messages.ts';
import { changeSupervised } from './change-as-caller.ts';
import { type UserRow, updateUser } from './store.ts';
import { type ShownName, verifiedNameOf, verifyPresentName } from './verified-name.ts';

/**
 * Verifies a member's current name; payee checks and statements show it from then on.
 * @throws Problem `name_changed` if the name is not the one that the agent was shown
 */
export async function verifyName(
  deps: Deps,
  caller: Caller,
  { userId, shown }: { userId: string; shown: ShownName | null },
  origin: Origin,
): Promise<UserRow> {
  return changeSupervised(deps, caller, userId, async (trx, user) => {
    const now = deps.clock();
    if (user.role !== 'member') throw problems.forbidden();
    const changes = verifyPresentName(user, shown);
    if (
      changes.verified_first_name === user.verified_first_name &&
      changes.verified_last_name === user.verified_last_name
    ) {
      return user;
    }
    const verified = await updateUser(trx, user, changes, now);
    await enqueue(trx, [
      userChanged(verified),
      actionLogged(now, origin, {
        actor: actorOf(caller),
        action: 'NAME_VERIFIED',
        subject: { type: 'user', id: user.id },
        concerns: [user.id],
        sentence: sentence`${nameOf(caller)} verified the name of ${nameOf(user)}.`,
        data: { verified_name_before: verifiedNameOf(user), verified_name: verifiedNameOf(verified) },
      }),
    ]);
    return verified;
  });
}
