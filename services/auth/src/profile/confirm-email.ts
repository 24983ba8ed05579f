import { sentence } from '@guichet/contract/events';
import type { Transaction } from '@guichet/database';
import { isDuplicateKey } from '@guichet/database';
import { enqueue } from '@guichet/outbox';
import { actionLogged, actorOf, nameOf } from '../audit.ts';
import { change, type Deps, type Origin } from '../deps.ts';
import { refuse } from '../errors.ts';
import { deleteLink, deleteLinksTo, findLink, type LinkRow } from '../links/store.ts';
import { mailTo, userChanged } from '../messages.ts';
import { hashOpaqueToken } from '../opaque-token.ts';
import { confirmAddress, confirmationsLogged } from '../users/confirm-address.ts';
import { lockUser, type UserRow, updateUser } from '../users/store.ts';

/**
 * Confirms the address that the link was sent to: the one given at registration, or a new one, which becomes the user's own.
 * @throws Problem `invalid_link`
 */
export async function confirmEmail(deps: Deps, token: string, origin: Origin): Promise<void> {
  const tokenHash = hashOpaqueToken(token);
  const now = deps.clock();
  await change(deps, async (trx) => {
    const link = await findLink(trx, tokenHash, now);
    if (link === null) throw refuse.invalid_link();
    const user = await lockUser(trx, link.user_id);
    if (user === null || !isStillValid(link, user) || !(await deleteLink(trx, tokenHash))) {
      throw refuse.invalid_link();
    }
    if (link.purpose === 'registration') return confirmRegistration(deps, trx, user, now, origin);
    // The old address was never confirmed and may be mistyped: its owner must not be able to take over the account.
    if (user.email !== null && user.email_confirmed === 0)
      await deleteLinksTo(trx, user.id, 'email_stop', user.email);
    const changes = { email: link.email, pending_email: null, email_confirmed: 1 } as const;
    const changed = await updateUser(trx, user, changes, now);
    await enqueue(trx, [
      userChanged(changed),
      actionLogged(now, origin, {
        actor: actorOf(user),
        action: 'EMAIL_CHANGED',
        subject: { type: 'user', id: user.id },
        concerns: [user.id],
        sentence: sentence`${nameOf(user)} changed their email address.`,
      }),
      // To the old address, so that its owner learns of a change that they did not make.
      ...mailTo(user, now, origin, { template: 'email_changed' }),
    ]);
  }).catch((error: unknown) => {
    // Another user registered the address in the meantime.
    if (isDuplicateKey(error, "users_email_key'")) throw refuse.invalid_link();
    throw error;
  });
}

function isStillValid(link: LinkRow, user: UserRow): boolean {
  if (link.purpose === 'email_change') return user.status === 'active' && user.pending_email === link.email;
  return link.purpose === 'registration' && user.email === link.email;
}

async function confirmRegistration(
  deps: Deps,
  trx: Transaction,
  user: UserRow,
  now: Date,
  origin: Origin,
): Promise<void> {
  const changes = confirmAddress(deps.policy, user);
  // A recovery link may have confirmed the address before.
  if (Object.keys(changes).length === 0) return;
  const changed = await updateUser(trx, user, changes, now);
  await enqueue(trx, [userChanged(changed), ...confirmationsLogged(user, changes, now, origin)]);
}
