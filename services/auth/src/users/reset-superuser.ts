import { sentence } from '@guichet/contract/events';
import { type Database, transaction } from '@guichet/database';
import { enqueue } from '@guichet/outbox';
import { forgetLoginFailures, forgetSecondFactorFailures } from '../attempts/guard.ts';
import { nameOf } from '../audit.ts';
import type { Policy } from '../deps.ts';
import { issueLink } from '../links/issue-link.ts';
import { mailTo, userChanged } from '../messages.ts';
import { operatorRan } from '../operator.ts';
import { deleteSecondFactor } from '../second-factor/delete-second-factor.ts';
import { endAccess } from './end-access.ts';
import { findNamedUser } from './find-named-user.ts';
import { lockUser, updateUser } from './store.ts';

/**
 * Resets the access of a superuser who is locked out, for an operator: the password, the second factors, the sessions, the API tokens and all
 * mailed links stop working, and a mail says so. The way back in is a link that sets a password, once, within 30 minutes; where staff need a
 * second factor, the next session can only set one up. A link and not a password, so that no operator ever knows a password in use.
 * @returns the link, of which only the hash is stored
 * @throws Error for a user who doesn't exist, isn't a superuser, or may not sign in
 */
export async function resetSuperuser(
  deps: { db: Database; clock: () => Date; policy: Pick<Policy, 'tokenTtlSeconds' | 'publicUrl'> },
  name: string,
): Promise<{ username: string; link: string }> {
  const found = await findNamedUser(deps.db, name);
  return transaction(deps.db, async (trx) => {
    const now = deps.clock();
    const user = await lockUser(trx, found.id);
    if (user?.role !== 'superuser' || user.email === null) throw new Error(`${name} is not a superuser`);
    if (user.status !== 'active' && user.status !== 'pending')
      throw new Error(`${name} is ${user.status}; another superuser can activate them on the page Staff`);
    const revocations = await endAccess(deps, trx, user, 'operator', now);
    await deleteSecondFactor(trx, user);
    await forgetLoginFailures(trx, user.id);
    await forgetSecondFactorFailures(trx, user.id);
    const link = await issueLink(
      deps,
      trx,
      { userId: user.id, purpose: 'access_reset', email: user.email },
      now,
    );
    const changes = { password_hash: null, pending_email: null, totp_enabled: 0, passkeys: 0 } as const;
    const reset = await updateUser(trx, user, changes, now);
    const origin = { correlationId: null, ip: null, userAgent: null };
    await enqueue(trx, [
      userChanged(reset),
      ...revocations,
      operatorRan(now, {
        user,
        sentence: sentence`An operator reset the access of the superuser ${nameOf(user)}.`,
        data: { command: 'reset-superuser' },
      }),
      ...mailTo(reset, now, origin, { template: 'access_reset', data: { at: now.toISOString() } }),
    ]);
    return { username: user.username, link };
  });
}
