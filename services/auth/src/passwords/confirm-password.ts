import type { Caller } from '@guichet/tokens';
import { countFailure, findLocked, forgetFailures } from '../attempts/guard.ts';
import { change, type Deps } from '../deps.ts';
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
): Promise<void> {
  const guessed = `login:${user.id}` as const;
  const device = await findDeviceOfCaller(deps, caller);
  const closed = await findLocked(deps.db, guessed, deps.clock());
  if (closed !== null && device === null) throw closed;
  const matches = await deps.hasher.verify(password, user.password_hash);
  const now = deps.clock();
  const locked = await change(deps, async (trx) => {
    const count = matches ? forgetFailures : countFailure;
    const locked = closed ?? (await count(trx, guessed, now));
    const trust = matches ? lockTrust : countDeviceFailure;
    return device !== null && (await trust(trx, device, user.id, now)) ? null : locked;
  });
  if (locked !== null) throw locked;
  if (!matches) throw refuse.wrong_password();
}

/** The trusted device on which the caller's session began; null if it is trusted no more. */
async function findDeviceOfCaller(deps: Deps, caller: Caller): Promise<string | null> {
  const device = (await findSession(deps.db, caller.sessionId))?.device_id ?? null;
  if (device === null) return null;
  return (await isStillTrusted(deps.db, device, caller.userId, deps.clock())) ? device : null;
}
