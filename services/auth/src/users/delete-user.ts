import { sentence } from '@guichet/contract/events';
import { enqueue } from '@guichet/outbox';
import type { Caller } from '@guichet/tokens';
import { actionLogged, actorOf, nameOf } from '../audit.ts';
import type { Deps, Origin } from '../deps.ts';
import { mailTo } from '../messages.ts';
import { removeSupervised } from './change-as-caller.ts';
import { forgetUser } from './forget-user.ts';

/**
 * Deletes a user: closes their empty accounts, ends their access, erases their personal data, and frees their username and email. Only
 * the id remains, because the ledger and the audit log refer to it.
 * @throws Problem `user_has_accounts` if money is left or a request is pending, `unavailable` if accounts does not answer;
 * `last_superuser`
 */
export async function deleteUser(deps: Deps, caller: Caller, userId: string, origin: Origin): Promise<void> {
  const user = await removeSupervised(deps, caller, userId, async (_trx, user) => user);
  // No lock is held during the request to accounts. Only members have accounts.
  if (user.role === 'member') await deps.accounts.leave(userId, origin.correlationId);

  await removeSupervised(deps, caller, userId, async (trx, user) => {
    const now = deps.clock();
    const forgotten = await forgetUser(deps, trx, user, now);
    await enqueue(trx, [
      ...forgotten,
      actionLogged(now, origin, {
        actor: actorOf(caller),
        action: 'USER_DELETED',
        subject: { type: 'user', id: user.id },
        concerns: [user.id],
        sentence: sentence`${nameOf(caller)} deleted ${nameOf(user)}.`,
      }),
      ...mailTo(user, now, origin, { template: 'deleted' }),
    ]);
  });
}
