import type { Language } from '@guichet/contract';
import { emailKey } from '@guichet/contract';
import { sentence } from '@guichet/contract/events';
import type { Transaction } from '@guichet/database';
import type { OutboxMessage } from '@guichet/events';
import { enqueue } from '@guichet/outbox';
import type { Caller } from '@guichet/tokens';
import { actionLogged, actorOf, nameOf } from '../audit.ts';
import type { Deps, Origin } from '../deps.ts';
import { issueLink } from '../links/issue-link.ts';
import { deleteLinks } from '../links/store.ts';
import { mailTo, userChanged } from '../messages.ts';
import { byMailAddress, tooManyRequests, useQuota } from '../quotas/use-quotas.ts';
import { changeAsCaller, changeWithPassword } from '../users/change-as-caller.ts';
import { lockUserByEmail, type UserChanges, type UserRow, updateUser } from '../users/store.ts';

export interface ProfileChanges {
  first_name?: string | null | undefined;
  last_name?: string | null | undefined;
  language?: Language | undefined;
  email?: { address: string; currentPassword: string } | undefined;
}

/**
 * Changes the caller's own profile. A new email address needs the password, and is stored as `pending_email` until the link sent to it
 * is followed. Requesting the current address cancels the pending one; if the current one is unconfirmed, its confirmation is mailed again.
 * @throws Problem `wrong_password`, `too_many_attempts`, `too_many_requests`
 */
export async function changeProfile(
  deps: Deps,
  caller: Caller,
  wanted: ProfileChanges,
  origin: Origin,
): Promise<UserRow> {
  const work = async (trx: Transaction, user: UserRow) => {
    const now = deps.clock();
    const changes = changedFields(user, wanted);
    const letters =
      wanted.email === undefined
        ? []
        : await changeEmail(deps, trx, user, wanted.email.address, changes, now, origin);
    if (Object.keys(changes).length === 0) {
      if (letters.length > 0) await enqueue(trx, letters);
      return user;
    }

    const changed = await updateUser(trx, user, changes, now);
    await enqueue(trx, [
      userChanged(changed),
      actionLogged(now, origin, {
        actor: actorOf(caller),
        action: 'PROFILE_UPDATED',
        subject: { type: 'user', id: user.id },
        concerns: [user.id],
        sentence: sentence`${nameOf(user)} changed their profile.`,
        data: { fields: Object.keys(changes) },
      }),
      ...letters,
    ]);
    return changed;
  };
  return wanted.email === undefined
    ? changeAsCaller(deps, caller, work)
    : changeWithPassword(deps, caller, wanted.email.currentPassword, origin, work);
}

function changedFields(user: UserRow, wanted: ProfileChanges): UserChanges {
  const changes: UserChanges = {};
  if (wanted.first_name !== undefined && wanted.first_name !== user.first_name)
    changes.first_name = wanted.first_name;
  if (wanted.last_name !== undefined && wanted.last_name !== user.last_name)
    changes.last_name = wanted.last_name;
  if (wanted.language !== undefined && wanted.language !== user.language) changes.language = wanted.language;
  return changes;
}

/** Adds the effects of a requested address to `changes`. @returns the mails to send */
async function changeEmail(
  deps: Deps,
  trx: Transaction,
  user: UserRow,
  address: string,
  changes: UserChanges,
  now: Date,
  origin: Origin,
): Promise<OutboxMessage[]> {
  await deleteLinks(trx, user.id, ['email_change']);
  if (user.email !== null && emailKey(address) === emailKey(user.email)) {
    if (user.pending_email !== null) changes.pending_email = null;
    return user.email_confirmed === 1 ? [] : mailConfirmationAgain(deps, trx, user, user.email, now, origin);
  }
  await countMail(trx, address, now, origin);
  changes.pending_email = address;
  const letters: OutboxMessage[] = [];
  // To the current address, whose owner may not have made the request. Sent for a taken address too, so that it reveals nothing.
  if (user.email !== null) {
    const stop = await issueLink(
      deps,
      trx,
      { userId: user.id, purpose: 'email_stop', email: user.email },
      now,
    );
    letters.push(...mailTo(user, now, origin, { template: 'email_change_requested', data: { link: stop } }));
  }
  // A taken address gets the same answer as a free one, as at registration: its owner gets a mail, and the link is not sent.
  const owner = await lockUserByEmail(trx, address);
  const link = await issueLink(deps, trx, { userId: user.id, purpose: 'email_change', email: address }, now);
  if (owner !== null) return [...letters, ...mailTo(owner, now, origin, { template: 'email_taken' })];
  return [
    ...letters,
    ...mailTo(user, now, origin, { template: 'email_change', email: address, data: { link } }),
  ];
}

async function countMail(trx: Transaction, address: string, now: Date, origin: Origin): Promise<void> {
  const seconds = await useQuota(trx, byMailAddress('mail_to_address', address, origin), now);
  if (seconds !== null) throw tooManyRequests(seconds);
}

/** Sends the registration mail again. */
async function mailConfirmationAgain(
  deps: Deps,
  trx: Transaction,
  user: UserRow,
  email: string,
  now: Date,
  origin: Origin,
): Promise<OutboxMessage[]> {
  await countMail(trx, email, now, origin);
  await deleteLinks(trx, user.id, ['registration']);
  const link = await issueLink(deps, trx, { userId: user.id, purpose: 'registration', email }, now);
  return [
    actionLogged(now, origin, {
      actor: actorOf(user),
      action: 'CONFIRMATION_SENT_AGAIN',
      subject: { type: 'user', id: user.id },
      concerns: [user.id],
      sentence: sentence`${nameOf(user)} had the link that confirms their email address sent again.`,
    }),
    ...mailTo(user, now, origin, { template: 'registered', data: { link, awaits: 'nothing' } }),
  ];
}
