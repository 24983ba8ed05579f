import { sentence } from '@guichet/contract/events';
import { enqueue } from '@guichet/outbox';
import type { Caller } from '@guichet/tokens';
import { actionLogged, actorOf, nameOf } from '../audit.ts';
import type { Deps, Origin } from '../deps.ts';
import { refuse } from '../errors.ts';
import { mailTo, userChanged } from '../messages.ts';
import { changeSupervised } from './change-as-caller.ts';
import { endAccess } from './end-access.ts';
import { type UserRow, updateUser } from './store.ts';

/** Rejects a registration. @throws Problem `not_pending` */
export async function rejectUser(
  deps: Deps,
  caller: Caller,
  { userId, reason }: { userId: string; reason: string | null },
  origin: Origin,
): Promise<UserRow> {
  return changeSupervised(deps, caller, userId, async (trx, user) => {
    const now = deps.clock();
    if (user.status !== 'pending') throw refuse.not_pending();
    const rejected = await updateUser(trx, user, { status: 'rejected', pending_email: null }, now);
    const revocations = await endAccess(deps, trx, user, 'user_rejected', now);
    await enqueue(trx, [
      userChanged(rejected),
      ...revocations,
      actionLogged(now, origin, {
        actor: actorOf(caller),
        action: 'USER_REJECTED',
        subject: { type: 'user', id: user.id },
        concerns: [user.id],
        sentence: sentence`${nameOf(caller)} rejected the registration of ${nameOf(user)}.`,
        data: { reason },
      }),
      ...mailTo(rejected, now, origin, { template: 'rejected', data: { reason } }),
    ]);
    return rejected;
  });
}
