import type { Transaction } from '@guichet/database';
import type { OutboxMessage } from '@guichet/events';
import { revokeAllApiTokens } from '../api-tokens/revoke-token.ts';
import type { Policy } from '../deps.ts';
import { deleteLinks } from '../links/store.ts';
import { type EndReason, endSessions } from '../sessions/end-sessions.ts';
import type { UserRow } from './store.ts';

/** Ends all access that a user has: sessions, personal API tokens, links in mails. The user must be locked. */
export async function endAccess(
  deps: { policy: Pick<Policy, 'tokenTtlSeconds'> },
  trx: Transaction,
  user: UserRow,
  reason: EndReason,
  now: Date,
): Promise<OutboxMessage[]> {
  const sessions = await endSessions(deps, trx, { userId: user.id }, reason, now);
  const tokens = await revokeAllApiTokens(trx, user.id, now);
  await deleteLinks(trx, user.id, [
    'recover',
    'invite',
    'access_reset',
    'email_change',
    'email_stop',
    'registration',
    'sign_in_stop',
  ]);
  return [...sessions.messages, ...tokens];
}
