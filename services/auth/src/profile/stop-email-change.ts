import { sentence } from '@guichet/contract/events';
import { isDuplicateKey } from '@guichet/database';
import { enqueue } from '@guichet/outbox';
import { revokeAllApiTokens } from '../api-tokens/revoke-token.ts';
import { actionLogged, actorOf, nameOf } from '../audit.ts';
import { change, type Deps, type Origin } from '../deps.ts';
import { refuse } from '../errors.ts';
import { issueLink } from '../links/issue-link.ts';
import { deleteLink, deleteLinks, deleteStopLinks, findLink } from '../links/store.ts';
import { mailTo, userChanged } from '../messages.ts';
import { hashOpaqueToken } from '../opaque-token.ts';
import { deletePasskeysSince } from '../passkeys/store.ts';
import { methodsOf } from '../second-factor/methods.ts';
import { endSessions } from '../sessions/end-sessions.ts';
import { deleteRecoveryCodes } from '../totp/store.ts';
import { lockUser, updateUser } from '../users/store.ts';

/**
 * Stops a change of the email address that the owner did not request, through the link mailed to the old address: a pending change is cancelled
 * and a confirmed one is reversed. The person who requested it knew the password, so it stops working, all sessions and API tokens end, the
 * passkeys added since are removed, and a link to set a new password is mailed to the old address.
 * @throws Problem `invalid_link`
 */
export async function stopEmailChange(deps: Deps, token: string, origin: Origin): Promise<void> {
  const tokenHash = hashOpaqueToken(token);
  await change(deps, async (trx) => {
    const now = deps.clock();
    const link = await findLink(trx, tokenHash, now);
    if (link === null || link.purpose !== 'email_stop') throw refuse.invalid_link();
    const user = await lockUser(trx, link.user_id);
    if (user?.status !== 'active' || !(await deleteLink(trx, tokenHash))) throw refuse.invalid_link();

    await deleteLinks(trx, user.id, ['recover', 'email_change']);
    await deleteStopLinks(trx, user.id, link.created_at);
    // One of them may be the thief's, and would sign in without the password.
    const passkeys = user.passkeys - (await deletePasskeysSince(trx, user.id, link.created_at));
    const changes = {
      email: link.email,
      email_confirmed: 1,
      pending_email: null,
      password_hash: null,
      passkeys,
    } as const;
    const restored = await updateUser(trx, user, changes, now);
    if (methodsOf(restored).length === 0) await deleteRecoveryCodes(trx, user.id);
    const sessions = await endSessions(deps, trx, { userId: user.id }, 'email_change_stopped', now);
    const revocations = await revokeAllApiTokens(trx, user.id, now);
    const recovery = { userId: user.id, purpose: 'recover', email: link.email } as const;
    await enqueue(trx, [
      userChanged(restored),
      ...sessions.messages,
      ...revocations,
      actionLogged(now, origin, {
        actor: actorOf(user),
        action: 'EMAIL_CHANGE_STOPPED',
        subject: { type: 'user', id: user.id },
        concerns: [user.id],
        sentence: sentence`An email address change for ${nameOf(user)} was stopped from the old address.`,
        data: { restored: user.email !== link.email, sessions_ended: sessions.count },
      }),
      ...mailTo(restored, now, origin, {
        template: 'recover',
        data: { link: await issueLink(deps, trx, recovery, now) },
      }),
    ]);
  }).catch((error: unknown) => {
    // Another user may have the old address by now.
    if (isDuplicateKey(error, "users_email_key'")) throw refuse.invalid_link();
    throw error;
  });
}
