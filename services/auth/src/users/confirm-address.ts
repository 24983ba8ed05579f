import { sentence } from '@guichet/contract/events';
import type { OutboxMessage } from '@guichet/events';
import { actionLogged, actorOf, nameOf } from '../audit.ts';
import type { Origin, Policy } from '../deps.ts';
import type { UserChanges, UserRow } from './store.ts';

/**
 * The changes to a user who followed a link mailed to their address: the address is confirmed, and if registration is open, a pending member
 * becomes active.
 */
export function confirmAddress(policy: Policy, user: UserRow): UserChanges {
  const activates = policy.registration === 'open' && user.role === 'member' && user.status === 'pending';
  return {
    ...(user.email_confirmed === 1 ? {} : { email_confirmed: 1 as const }),
    ...(activates ? { status: 'active' as const } : {}),
  };
}

/** The audit events of such changes to a user. */
export function confirmationsLogged(
  user: UserRow,
  changes: UserChanges,
  now: Date,
  origin: Origin,
): OutboxMessage[] {
  const about = {
    actor: actorOf(user),
    subject: { type: 'user' as const, id: user.id },
    concerns: [user.id],
  };
  return [
    ...(changes.email_confirmed === 1
      ? [
          actionLogged(now, origin, {
            ...about,
            action: 'EMAIL_CONFIRMED',
            sentence: sentence`${nameOf(user)} confirmed their email address.`,
          }),
        ]
      : []),
    ...(changes.status === 'active'
      ? [
          actionLogged(now, origin, {
            ...about,
            action: 'USER_ACTIVATED',
            sentence: sentence`${nameOf(user)} activated their account with an emailed link.`,
          }),
        ]
      : []),
  ];
}
