import type { Transaction } from '@guichet/database';
import type { OutboxMessage } from '@guichet/events';
import type { Deps, Origin } from '../deps.ts';
import { issueLink } from '../links/issue-link.ts';
import { mailTo } from '../messages.ts';
import type { UserRow } from '../users/store.ts';

/** The mail about the first sign-in from a device, with a link that stops it. */
export async function mailNewDevice(
  deps: Deps,
  trx: Transaction,
  user: UserRow,
  sessionId: string,
  now: Date,
  origin: Origin,
): Promise<OutboxMessage[]> {
  const { id: userId, email } = user;
  // An address that was never confirmed may be mistyped: its owner must not be able to sign the user out.
  const link =
    email === null || user.email_confirmed === 0
      ? null
      : await issueLink(deps, trx, { userId, purpose: 'sign_in_stop', email, sessionId }, now);
  const data = { at: now.toISOString(), ip: origin.ip, user_agent: origin.userAgent, link };
  return mailTo(user, now, origin, { template: 'new_device', data });
}
