import type { LinkPurpose } from '@guichet/contract/auth';
import { plain, sentence } from '@guichet/contract/events';
import { enqueue } from '@guichet/outbox';
import { isInvited } from '../agents/rules.ts';
import { revokeAllApiTokens } from '../api-tokens/revoke-token.ts';
import { forgetLoginFailures } from '../attempts/guard.ts';
import { actionLogged, actorOf, nameOf } from '../audit.ts';
import { change, type Deps, type Origin } from '../deps.ts';
import { refuse } from '../errors.ts';
import { deleteLink, deleteLinks, deleteLinksTo, findLink, type LinkRow } from '../links/store.ts';
import { mailTo, userChanged } from '../messages.ts';
import { hashOpaqueToken } from '../opaque-token.ts';
import { endSessions } from '../sessions/end-sessions.ts';
import { confirmAddress, confirmationsLogged } from '../users/confirm-address.ts';
import { findUser, lockUser, type UserRow, updateUser } from '../users/store.ts';
import { refuseWeakPassword } from './refuse-weak-password.ts';

const SETS_PASSWORD: readonly LinkPurpose[] = ['recover', 'invite', 'access_reset'];

/**
 * Sets a new password by a link, which was mailed or given by an operator. All sessions and API tokens end, and a pending change of the email address is cancelled. An invited
 * agent becomes active.
 * @throws Problem `invalid_link`, `password_too_weak` (then the link can still be used)
 */
export async function recoverPassword(
  deps: Deps,
  { token, newPassword }: { token: string; newPassword: string },
  origin: Origin,
): Promise<void> {
  const tokenHash = hashOpaqueToken(token);
  const link = await findLink(deps.db, tokenHash, deps.clock());
  const owner = link === null ? null : await findUser(deps.db, link.user_id);
  if (link === null || owner === null || !mayUse(link, owner)) throw refuse.invalid_link();
  refuseWeakPassword(deps, newPassword, owner);
  const passwordHash = await deps.hasher.hash(newPassword);

  await change(deps, async (trx) => {
    const now = deps.clock();
    const user = await lockUser(trx, owner.id);
    if (user === null || !mayUse(link, user) || !(await deleteLink(trx, tokenHash)))
      throw refuse.invalid_link();
    await deleteLinks(trx, user.id, [...SETS_PASSWORD, 'email_change']);
    const isMailed = link.purpose !== 'access_reset';
    // Only the owner of the mailbox, or whom an operator trusts, gets here; links sent to an earlier address stay, because a thief may have changed it.
    await deleteLinksTo(trx, user.id, 'sign_in_stop', link.email);
    await forgetLoginFailures(trx, user.id);
    const ended = await endSessions(deps, trx, { userId: user.id }, 'password_recovered', now);
    const revocations = await revokeAllApiTokens(trx, user.id, now);
    const confirmed = {
      ...(isMailed ? confirmAddress(deps.policy, user) : {}),
      ...(isInvited(user) ? { status: 'active' as const } : {}),
    };
    const changes = { password_hash: passwordHash, pending_email: null, ...confirmed };
    const changed = await updateUser(trx, user, changes, now);
    await enqueue(trx, [
      userChanged(changed),
      ...ended.messages,
      ...revocations,
      actionLogged(now, origin, {
        actor: actorOf(user),
        subject: { type: 'user', id: user.id },
        concerns: [user.id],
        action: 'PASSWORD_RECOVERED',
        sentence: sentence`${nameOf(user)} reset their password with ${plain(isMailed ? 'an emailed link' : 'a link from an operator')}.`,
        data: { sessions_ended: ended.count },
      }),
      ...confirmationsLogged(user, confirmed, now, origin),
      ...mailTo(changed, now, origin, { template: 'password_changed', data: { at: now.toISOString() } }),
    ]);
  });
}

/** A link is valid while its owner has access and still has the address that it was sent to. */
function mayUse(link: LinkRow, owner: UserRow): boolean {
  if (!SETS_PASSWORD.includes(link.purpose) || link.email !== owner.email) return false;
  return owner.status === 'active' || owner.status === 'pending';
}
