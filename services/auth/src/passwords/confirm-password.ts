import { sentence } from '@guichet/contract/events';
import { enqueue } from '@guichet/outbox';
import type { Caller } from '@guichet/tokens';
import { countFailure, findLocked, forgetFailures } from '../attempts/guard.ts';
import { logFirstRefused } from '../attempts/log-first-refused.ts';
import { actionLogged, actorOf, nameOf } from '../audit.ts';
import { change, type Deps, type Origin } from '../deps.ts';
import { countDeviceFailure, isStillTrusted, lockTrust } from '../devices/trust-device.ts';
import { refuse } from '../errors.ts';
import { findSession } from '../sessions/store.ts';
import type { UserRow } from '../users/store.ts';

/**
 * Checks the password of a signed-in user, because a stolen token alone must not be enough. Wrong passwords count together with those at sign-in;
 * those of others don't lock a session on a trusted device.
 * @throws Problem `wrong_password`, `too_many_attempts`
 */
export async function confirmPassword(
  deps: Deps,
  caller: Caller,
  user: UserRow,
  password: string,
  origin: Origin,
): Promise<void> {
  const guessed = `login:${user.id}` as const;
  const device = await findDeviceOfCaller(deps, caller);
  const closed = await findLocked(deps.db, guessed, deps.clock());
  if (closed !== null && device === null) {
    await logFirstRefused(deps, guessed, user, origin);
    throw closed;
  }
  const matches = await deps.hasher.verify(password, user.password_hash, { known: caller.sessionId });
  const now = deps.clock();
  const refused = await change(deps, async (trx) => {
    const count = matches ? forgetFailures : countFailure;
    const locked = closed ?? (await count(trx, guessed, now));
    const trust = matches ? lockTrust : countDeviceFailure;
    if (!(device !== null && (await trust(trx, device, user.id, now))) && locked !== null) return locked;
    if (!matches) await enqueue(trx, [wrongPassword(caller, user, now, origin)]);
    return null;
  });
  if (refused !== null) throw refused;
  if (!matches) throw refuse.wrong_password();
}

function wrongPassword(caller: Caller, user: UserRow, now: Date, origin: Origin) {
  return actionLogged(now, origin, {
    actor: actorOf(caller),
    action: 'WRONG_PASSWORD',
    subject: { type: 'user', id: user.id },
    concerns: [user.id],
    sentence: sentence`${nameOf(user)} was asked for the password, and a wrong one was entered.`,
  });
}

/** The trusted device on which the caller's session began; null if it is trusted no more. */
async function findDeviceOfCaller(deps: Deps, caller: Caller): Promise<string | null> {
  const device = (await findSession(deps.db, caller.sessionId))?.device_id ?? null;
  if (device === null) return null;
  return (await isStillTrusted(deps.db, device, caller.userId, deps.clock())) ? device : null;
}
