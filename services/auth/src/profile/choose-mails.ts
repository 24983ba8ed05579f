import type { OptionalMailKind } from '@guichet/contract';
import { sentence } from '@guichet/contract/events';
import type { Transaction } from '@guichet/database';
import { isGenuineUnsubscribe, readUnsubscribeToken } from '@guichet/events';
import { enqueue } from '@guichet/outbox';
import type { Caller } from '@guichet/tokens';
import { actionLogged, actorOf, nameOf } from '../audit.ts';
import { change, type Deps, type Origin } from '../deps.ts';
import { refuse } from '../errors.ts';
import { mailTo, userChanged } from '../messages.ts';
import { changeAsCaller } from '../users/change-as-caller.ts';
import { findUser, lockUser, type UserRow, updateUser } from '../users/store.ts';

/** Chooses which mails the caller refuses. Kinds that their role does not get may be among them, as nothing follows from it. */
export function chooseMails(
  deps: Deps,
  caller: Caller,
  refused: readonly OptionalMailKind[],
  origin: Origin,
): Promise<UserRow> {
  return changeAsCaller(deps, caller, async (trx, user) => {
    const changed = await writeChoices(deps, trx, user, refused, 'profile', origin);
    // A thief with a session must not silence what would tell the user about transfers; a link in a mail proves that its reader wants fewer.
    const newly = changed.refused_mails.filter((kind) => !user.refused_mails.includes(kind));
    const data = { at: deps.clock().toISOString(), kinds: newly };
    if (newly.length > 0)
      await enqueue(trx, mailTo(changed, deps.clock(), origin, { template: 'emails_refused', data }));
    return changed;
  });
}

/**
 * Refuses one kind of mail by the link in the foot of such a mail, without a session. Using it again changes nothing.
 * @throws Problem `invalid_link`
 */
export async function unsubscribe(deps: Deps, token: string, origin: Origin): Promise<OptionalMailKind> {
  const claim = readUnsubscribeToken(token);
  const isGenuine = (user: UserRow | null): user is UserRow =>
    claim !== null && user?.mail_secret != null && isGenuineUnsubscribe(claim, user.mail_secret);
  // Before any lock, which a made-up token must not take.
  if (claim === null || !isGenuine(await findUser(deps.db, claim.userId))) throw refuse.invalid_link();
  await change(deps, async (trx) => {
    const user = await lockUser(trx, claim.userId);
    if (!isGenuine(user)) throw refuse.invalid_link();
    await writeChoices(deps, trx, user, [...user.refused_mails, claim.kind], 'link', origin);
  });
  return claim.kind;
}

async function writeChoices(
  deps: Deps,
  trx: Transaction,
  user: UserRow,
  wanted: readonly OptionalMailKind[],
  method: 'profile' | 'link',
  origin: Origin,
): Promise<UserRow> {
  const refused = [...new Set(wanted)].sort();
  if (refused.join() === [...user.refused_mails].sort().join()) return user;
  const now = deps.clock();
  const changed = await updateUser(trx, user, { refused_mails: refused }, now);
  await enqueue(trx, [
    userChanged(changed),
    actionLogged(now, origin, {
      actor: actorOf(user),
      action: 'MAIL_CHOICES_CHANGED',
      subject: { type: 'user', id: user.id },
      concerns: [user.id],
      sentence: sentence`${nameOf(user)} changed which emails they get.`,
      data: { refused_mails: refused, method },
    }),
  ]);
  return changed;
}
