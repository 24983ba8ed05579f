import type { Transaction } from '@guichet/database';
import type { OutboxMessage } from '@guichet/events';
import type { Policy } from '../deps.ts';
import { deleteDevice, deleteDevices } from '../devices/store.ts';
import { revoked } from '../messages.ts';
import { CLOCK_SKEW_MS } from './rules.ts';
import { deleteSignIns } from './sign-in-store.ts';
import * as store from './store.ts';

export type EndReason =
  | 'logout'
  | 'revoked'
  | 'password_changed'
  | 'password_recovered'
  | 'second_factor_reset'
  | 'second_factor_changed'
  | 'email_change_stopped'
  | 'sign_in_stopped'
  | 'refresh_token_reused'
  | 'user_deactivated'
  | 'user_rejected'
  | 'user_deleted'
  | 'operator';

/**
 * Ends the sessions of a user (all, all but one, or one); their access tokens are refused everywhere until the last one has
 * expired. Unless it is only one, the sign-ins that wait for a code end as well, and the user's devices are trusted no more; signing
 * out leaves a device trusted. The user must be locked, and the caller must enqueue the messages in the same transaction.
 */
export async function endSessions(
  deps: { policy: Pick<Policy, 'tokenTtlSeconds'> },
  trx: Transaction,
  which: { userId: string; except?: string; only?: string },
  reason: EndReason,
  now: Date,
): Promise<{ count: number; messages: OutboxMessage[] }> {
  const open = await store.lockOpenSessions(trx, which.userId);
  const ending = open.filter(
    ({ id }) => id !== which.except && (which.only === undefined || id === which.only),
  );
  if (which.only === undefined) {
    await deleteSignIns(trx, which.userId);
    const kept = open.find(({ id }) => id === which.except);
    await deleteDevices(trx, which.userId, kept?.device_id ?? null);
  } else if (reason !== 'logout' && ending[0]?.device_id) {
    await deleteDevice(trx, ending[0].device_id);
  }
  if (ending.length === 0) return { count: 0, messages: [] };
  await store.markSessionsEnded(
    trx,
    ending.map(({ id }) => id),
    reason,
    now,
  );

  const tokenMs = deps.policy.tokenTtlSeconds * 1000 + CLOCK_SKEW_MS;
  const withTokens = ending
    .filter((session) => session.last_used_at.getTime() > now.getTime() - tokenMs)
    .map(({ id }) => id);
  const until = new Date(now.getTime() + tokenMs);
  await store.insertRevocations(trx, withTokens, until);
  return { count: ending.length, messages: revoked(withTokens, until) };
}
