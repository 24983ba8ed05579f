import { tombstoneName } from '@guichet/contract';
import type { Transaction } from '@guichet/database';
import type { OutboxMessage } from '@guichet/events';
import { forgetApiTokenNames } from '../api-tokens/store.ts';
import { forgetLoginFailures, forgetSecondFactorFailures } from '../attempts/guard.ts';
import type { Policy } from '../deps.ts';
import { userChanged } from '../messages.ts';
import { forgetNotes } from '../notes/store.ts';
import { deleteSecondFactor } from '../second-factor/delete-second-factor.ts';
import { forgetDevices } from '../sessions/store.ts';
import { endAccess } from './end-access.ts';
import { type UserRow, updateUser } from './store.ts';

/** Ends the access of a user, who must be locked, and erases everything personal but the id. @returns the messages to enqueue */
export async function forgetUser(
  deps: { policy: Pick<Policy, 'tokenTtlSeconds'> },
  trx: Transaction,
  user: UserRow,
  now: Date,
): Promise<OutboxMessage[]> {
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
      refused_mails: [],
      mail_secret: null,
      status: 'deleted',
    },
    now,
  );
  return [userChanged(forgotten), ...revocations];
}
