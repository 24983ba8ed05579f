import { sentence } from '@guichet/contract/events';
import { enqueue } from '@guichet/outbox';
import type { Caller } from '@guichet/tokens';
import { actionLogged, actorOf, nameOf } from '../audit.ts';
import type { Deps, Origin } from '../deps.ts';
import { mailTo, userChanged } from '../messages.ts';
import { endSessions } from '../sessions/end-sessions.ts';
import { changeSupervised } from '../users/change-as-caller.ts';
import { updateUser } from '../users/store.ts';
import { deleteSecondFactor } from './delete-second-factor.ts';

/** Removes the authenticator app and the passkeys of a user who lost them, and ends their sessions. Without a second factor nothing changes. */
export async function resetSecondFactor(
  deps: Deps,
  caller: Caller,
  userId: string,
  origin: Origin,
): Promise<void> {
  await changeSupervised(deps, caller, userId, async (trx, user) => {
    const now = deps.clock();
    if (!(await deleteSecondFactor(trx, user))) return;
    const changed = await updateUser(trx, user, { totp_enabled: 0, passkeys: 0 }, now);
    const ended = await endSessions(deps, trx, { userId: user.id }, 'second_factor_reset', now);
    await enqueue(trx, [
      userChanged(changed),
      ...ended.messages,
      actionLogged(now, origin, {
        actor: actorOf(caller),
        action: 'SECOND_FACTOR_RESET',
        subject: { type: 'user', id: user.id },
        concerns: [user.id],
        sentence: sentence`${nameOf(caller)} reset two-factor authentication for ${nameOf(user)}.`,
        data: { sessions_ended: ended.count },
      }),
      ...mailTo(changed, now, origin, { template: 'second_factor_reset', data: { at: now.toISOString() } }),
    ]);
  });
}
