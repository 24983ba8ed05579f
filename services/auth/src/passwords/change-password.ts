import { sentence } from '@guichet/contract/events';
import { enqueue } from '@guichet/outbox';
import type { Caller } from '@guichet/tokens';
import { actionLogged, actorOf, nameOf } from '../audit.ts';
import type { Deps, Origin } from '../deps.ts';
import { refuse } from '../errors.ts';
import { deleteLinks } from '../links/store.ts';
import { mailTo, userChanged } from '../messages.ts';
import { endSessions } from '../sessions/end-sessions.ts';
import { changeAsCaller } from '../users/change-as-caller.ts';
import { findCaller } from '../users/find-caller.ts';
import { updateUser } from '../users/store.ts';
import { confirmPassword } from './confirm-password.ts';
import { refuseWeakPassword } from './refuse-weak-password.ts';

/**
 * Sets a new password, given the old one. The other sessions end and a pending change of the email address is cancelled; this session and the
 * personal API tokens stay.
 * @throws Problem `wrong_password`, `too_many_attempts`, `password_too_weak`
 */
export async function changePassword(
  deps: Deps,
  caller: Caller,
  { oldPassword, newPassword }: { oldPassword: string; newPassword: string },
  origin: Origin,
): Promise<void> {
  const before = await findCaller(deps.db, caller);
  await confirmPassword(deps, caller, before, oldPassword, origin);
  refuseWeakPassword(deps, newPassword, before);
  const passwordHash = await deps.hasher.hash(newPassword);

  const now = deps.clock();
  await changeAsCaller(deps, caller, async (trx, user) => {
    // The password was changed while this request hashed, so the old one is no longer valid.
    if (user.password_hash !== before.password_hash) throw refuse.wrong_password();
    const changed = await updateUser(trx, user, { password_hash: passwordHash, pending_email: null }, now);
    await deleteLinks(trx, user.id, ['recover', 'access_reset', 'email_change']);
    const ended = await endSessions(
      deps,
      trx,
      { userId: user.id, except: caller.sessionId },
      'password_changed',
      now,
    );
    await enqueue(trx, [
      userChanged(changed),
      ...ended.messages,
      actionLogged(now, origin, {
        actor: actorOf(caller),
        action: 'PASSWORD_CHANGED',
        subject: { type: 'user', id: user.id },
        concerns: [user.id],
        sentence: sentence`${nameOf(user)} changed their password.`,
        data: { sessions_ended: ended.count },
      }),
      ...mailTo(changed, now, origin, { template: 'password_changed', data: { at: now.toISOString() } }),
    ]);
  });
}
