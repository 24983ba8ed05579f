import { isDuplicateKey } from '@guichet/database';
import { enqueue } from '@guichet/outbox';
import { change, type Deps, type Origin } from '../deps.ts';
import { refuse } from '../errors.ts';
import { actorOf, logEntry, mailTo, userChanged } from '../journal.ts';
import { deleteLink, findLink } from '../links/store.ts';
import { hashOpaqueToken } from '../opaque-token.ts';
import { lockUser, updateUser } from '../users/store.ts';

/** Makes the new address the user's own, for whoever reads its mail. @throws Problem `invalid_link` */
export async function confirmEmail(deps: Deps, token: string, origin: Origin): Promise<void> {
  const tokenHash = hashOpaqueToken(token);
  const now = deps.clock();
  await change(deps, async (trx) => {
    const link = await findLink(trx, tokenHash, now);
    if (link === null || link.purpose !== 'email_change') throw refuse.invalid_link();
    const user = await lockUser(trx, link.user_id);
    if (user === null || user.pending_email !== link.email || !(await deleteLink(trx, tokenHash))) {
      throw refuse.invalid_link();
    }
    const changed = await updateUser(trx, user, { email: link.email, pending_email: null }, now);
    await enqueue(trx, [
      userChanged(changed),
      logEntry(now, origin, {
        actor: actorOf(user),
        action: 'EMAIL_CHANGED',
        subject: { type: 'user', id: user.id },
        concerns: [user.id],
        message: `${user.username} changed their e-mail address.`,
      }),
      // To the old address: its reader must learn of it, above all where it was not they.
      ...mailTo(user, now, origin, { template: 'email_changed' }),
    ]);
  }).catch((error: unknown) => {
    // Somebody registered under the address in the meantime.
    if (isDuplicateKey(error, "users_email_key'")) throw refuse.invalid_link();
    throw error;
  });
}
