import type { Transaction } from '@guichet/database';
import type { OutboxMessage } from '@guichet/events';
import type { Caller } from '@guichet/tokens';
import { revokeAllApiTokens } from '../api-tokens/revoke-token.ts';
import type { Deps } from '../deps.ts';
import { endSessions } from '../sessions/end-sessions.ts';
import { markSecondFactor } from '../sessions/store.ts';
import type { UserRow } from '../users/store.ts';
import { needsSecondFactor } from './rules.ts';
import { hasSecondFactor } from './store.ts';

/**
 * To call when the caller has set up a second factor, and so has proved it in this session. Where one is required, their other sessions end, and
 * with the first one their API tokens: a thief may have made them, who knows the password only. @returns the messages to enqueue
 */
export async function secondFactorAdded(
  deps: Deps,
  trx: Transaction,
  caller: Caller,
  { isFirst, now }: { isFirst: boolean; now: Date },
): Promise<OutboxMessage[]> {
  await markSecondFactor(trx, caller.sessionId);
  if (!needsSecondFactor(deps.policy, caller.role)) return [];
  const which = { userId: caller.userId, except: caller.sessionId };
  const { messages } = await endSessions(deps, trx, which, 'second_factor_changed', now);
  return isFirst ? [...messages, ...(await revokeAllApiTokens(trx, caller.userId, now))] : messages;
}

/**
 * To call when a user has removed a second factor of theirs. If it was the last one and one is required, all sessions end, so that the next
 * sign-in can only set up another. @returns the messages to enqueue
 */
export async function secondFactorRemoved(
  deps: Deps,
  trx: Transaction,
  user: UserRow,
  now: Date,
): Promise<OutboxMessage[]> {
  if (!needsSecondFactor(deps.policy, user.role) || (await hasSecondFactor(trx, user.id))) return [];
  return (await endSessions(deps, trx, { userId: user.id }, 'second_factor_changed', now)).messages;
}
