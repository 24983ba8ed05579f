import { sentence } from '@guichet/contract/events';
import { newId, type Transaction } from '@guichet/database';
import { enqueue } from '@guichet/outbox';
import { actionLogged, actorOf, nameOf } from '../audit.ts';
import type { Deps, Origin } from '../deps.ts';
import { trustDevice } from '../devices/trust-device.ts';
import { hasSecondFactor } from '../second-factor/store.ts';
import type { UserRow } from '../users/store.ts';
import { issueTokens, type TokenPair } from './issue-tokens.ts';
import { mailNewDevice } from './mail-new-device.ts';
import { deviceHash } from './rules.ts';
import { insertSession, noteDevice, type SessionRow } from './store.ts';

export interface SignedIn {
  pair: TokenPair;
  user: UserRow;
}

export interface NewSession extends SignedIn {
  /** Proves this sign-in at the next one on the same device; null after one with a passkey, which no failures of others lock. */
  deviceToken: string | null;
}

/**
 * Creates the session of a user who has proved who they are, trusts the device, and logs it. The user must be locked and active.
 * @param by a passkey, or a password on a device, whose id is given if it was trusted before
 */
export async function openSession(
  deps: Deps,
  trx: Transaction,
  user: UserRow,
  origin: Origin,
  now: Date,
  by: { device: string | null } | 'passkey',
): Promise<NewSession> {
  // Every way to sign in asks for the second factor of a user who has one.
  const provedSecondFactor = await hasSecondFactor(trx, user.id);
  const trusted =
    by === 'passkey' ? null : await trustDevice(trx, { userId: user.id, before: by.device }, now);
  const session: SessionRow = {
    id: newId(now),
    user_id: user.id,
    created_at: now,
    last_used_at: now,
    expires_at: new Date(now.getTime() + deps.policy.sessionMaxSeconds * 1000),
    user_agent: origin.userAgent,
    ip: origin.ip,
    device_id: trusted?.id ?? null,
    ended_at: null,
    end_reason: null,
    second_factor: provedSecondFactor ? 1 : 0,
  };
  await insertSession(trx, session);
  const pair = await issueTokens(deps, trx, user, session, now);
  const device = await noteDevice(trx, user.id, deviceHash(origin.userAgent, origin.ip), now);
  await enqueue(trx, [
    actionLogged(now, origin, {
      actor: actorOf(user),
      action: 'LOGIN',
      subject: { type: 'user', id: user.id },
      concerns: [user.id],
      sentence: sentence`${nameOf(user)} signed in.`,
      data: {
        session_id: session.id,
        user_agent: origin.userAgent,
        new_device: device !== 'known',
        method: by === 'passkey' ? 'passkey' : 'password',
        trusted_device: by !== 'passkey' && by.device !== null,
      },
    }),
    ...(device === 'new' ? await mailNewDevice(deps, trx, user, session.id, now, origin) : []),
  ]);
  return { pair, user, deviceToken: trusted?.token ?? null };
}
