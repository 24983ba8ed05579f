import { sentence } from '@guichet/contract/events';
import { enqueue } from '@guichet/outbox';
import { revokeAllApiTokens } from '../api-tokens/revoke-token.ts';
import { actionLogged, actorOf, nameOf } from '../audit.ts';
import { change, type Deps, type Origin } from '../deps.ts';
import { refuse } from '../errors.ts';
import { issueLink } from '../links/issue-link.ts';
import { deleteLink, deleteLinks, findLink, type LinkRow } from '../links/store.ts';
import { mailTo, userChanged } from '../messages.ts';
import { hashOpaqueToken } from '../opaque-token.ts';
import { deletePasskeysSince } from '../passkeys/store.ts';
import { methodsOf } from '../second-factor/methods.ts';
import { deleteRecoveryCodes } from '../totp/store.ts';
import { lockUser, type UserRow, updateUser } from '../users/store.ts';
import { endSessions } from './end-sessions.ts';
import { deviceHash } from './rules.ts';
import { findSession, forgetDevice } from './store.ts';

/**
 * Stops a sign-in from a new device that the owner did not make, through the link in the mail about it. The person who signed in knew the
 * password, so it stops working, all sessions and API tokens end even if that session has ended already, the device is new again, the passkeys
 * added since are removed, and a link to set a new password is mailed.
 * @throws Problem `invalid_link`
 */
export async function stopSignIn(deps: Deps, token: string, origin: Origin): Promise<void> {
  const tokenHash = hashOpaqueToken(token);
  await change(deps, async (trx) => {
    const now = deps.clock();
    const link = await findLink(trx, tokenHash, now);
    if (link === null) throw refuse.invalid_link();
    const user = await lockUser(trx, link.user_id);
    if (user === null || !mayUse(link, user) || !(await deleteLink(trx, tokenHash)))
      throw refuse.invalid_link();

    await deleteLinks(trx, user.id, ['recover', 'email_change', 'sign_in_stop']);
    const session = link.session_id === null ? null : await findSession(trx, link.session_id);
    if (session !== null) await forgetDevice(trx, user.id, deviceHash(session.user_agent, session.ip));
    // One of them may be the thief's, and would sign in without the password.
    const passkeys = user.passkeys - (await deletePasskeysSince(trx, user.id, link.created_at));
    const changed = await updateUser(trx, user, { password_hash: null, pending_email: null, passkeys }, now);
    if (methodsOf(changed).length === 0) await deleteRecoveryCodes(trx, user.id);
    const ended = await endSessions(deps, trx, { userId: user.id }, 'sign_in_stopped', now);
    const revocations = await revokeAllApiTokens(trx, user.id, now);
    const recovery = { userId: user.id, purpose: 'recover', email: link.email } as const;
    await enqueue(trx, [
      userChanged(changed),
      ...ended.messages,
      ...revocations,
      actionLogged(now, origin, {
        actor: actorOf(user),
        action: 'SIGN_IN_STOPPED',
        subject: { type: 'user', id: user.id },
        concerns: [user.id],
        sentence: sentence`${nameOf(user)} stopped a sign-in from a new device with an emailed link.`,
        data: { session_id: link.session_id, sessions_ended: ended.count },
      }),
      ...mailTo(changed, now, origin, {
        template: 'recover',
        data: { link: await issueLink(deps, trx, recovery, now) },
      }),
    ]);
  });
}

/** An address that the user no longer has must not end their sessions; a change of it has a link of its own that stops it. */
function mayUse(link: LinkRow, user: UserRow): boolean {
  return link.purpose === 'sign_in_stop' && user.status === 'active' && user.email === link.email;
}
