import { tombstoneName } from '@guichet/contract';
import { sentence } from '@guichet/contract/events';
import { enqueue } from '@guichet/outbox';
import type { Caller } from '@guichet/tokens';
import { forgetApiTokenNames } from '../api-tokens/store.ts';
import { forgetLoginFailures, forgetSecondFactorFailures } from '../attempts/guard.ts';
import { actionLogged, actorOf, nameOf } from '../audit.ts';
import type { Deps, Origin } from '../deps.ts';
import { mailTo, userChanged } from '../messages.ts';
import { forgetNotes } from '../notes/store.ts';
import { deleteSecondFactor } from '../second-factor/delete-second-factor.ts';
import { forgetDevices } from '../sessions/store.ts';
import { removeSupervised } from './change-as-caller.ts';
import { endAccess } from './end-access.ts';
import { updateUser } from './store.ts';

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
    const revocations = await endAccess(deps, trx, user, 'user_deleted', now);
    await deleteSecondFactor(trx, user);
    await forgetDevices(trx, user.id);
    await forgetApiTokenNames(trx, user.id);
    await forgetNotes(trx, user.id);
    await forgetLoginFailures(trx, user.id);
    await forgetSecondFactorFailures(trx, user.id);
    const forgotten = await updateUser(
      trx,
      user,
      {
        username: tombstoneName(user.id),
        email: null,
        pending_email: null,
        first_name: null,
        last_name: null,
        verified_first_name: null,
        verified_last_name: null,
        password_hash: null,
        totp_enabled: 0,
        passkeys: 0,
        email_confirmed: 0,
        status: 'deleted',
      },
      now,
    );
    await enqueue(trx, [
      userChanged(forgotten),
      ...revocations,
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
