import type { Transaction } from '@guichet/database';
import type { Caller } from '@guichet/tokens';
import { lockLiveApiToken } from '../api-tokens/store.ts';
import { change, type Deps, type Origin } from '../deps.ts';
import { refuse } from '../errors.ts';
import { confirmPassword } from '../passwords/confirm-password.ts';
import { lockLiveSession } from '../sessions/store.ts';
import { isActiveSuperuser } from './active-superuser.ts';
import { accessEnded, findCaller } from './find-caller.ts';
import { refuseUnsupervised } from './find-supervised.ts';
import { listSuperuserIds, lockUsers, type UserRow } from './store.ts';

/**
 * Makes a change on behalf of the caller, in one transaction, with the caller's row locked. The caller's access may have ended since the token
 * was verified, so it is checked again under the lock. Every change by a signed-in user must go through here.
 * @throws Problem `unauthenticated` if the user is not active or has another role, or the session or API token has ended
 */
export function changeAsCaller<Result>(
  deps: Deps,
  caller: Caller,
  work: (trx: Transaction, user: UserRow) => Promise<Result>,
): Promise<Result> {
  return change(deps, async (trx) => {
    const [user] = await lockWithCaller(deps, trx, caller, []);
    return work(trx, user as UserRow);
  });
}

/**
 * The same, after confirming the caller's password.
 * @throws Problem `wrong_password`, also if the password was changed since it was confirmed; `too_many_attempts`
 */
export async function changeWithPassword<Result>(
  deps: Deps,
  caller: Caller,
  password: string,
  origin: Origin,
  work: (trx: Transaction, user: UserRow) => Promise<Result>,
): Promise<Result> {
  const before = await findCaller(deps.db, caller);
  await confirmPassword(deps, caller, before, password, origin);
  return changeAsCaller(deps, caller, async (trx, user) => {
    if (user.password_hash !== before.password_hash) throw refuse.wrong_password();
    return work(trx, user);
  });
}

/**
 * The same, for a change to a user whom the caller supervises; that user's row is locked too.
 * @throws Problem `not_found` for a user whom the caller may not see, `forbidden` for themselves
 */
export function changeSupervised<Result>(
  deps: Deps,
  caller: Caller,
  userId: string,
  work: (trx: Transaction, user: UserRow) => Promise<Result>,
): Promise<Result> {
  return change(deps, async (trx) => {
    const [, user] = await lockWithCaller(deps, trx, caller, [userId]);
    return work(trx, refuseUnsupervised(caller, user ?? null));
  });
}

/**
 * The same, for a change that takes the user's access. For a superuser every superuser is locked, so that those who remove each other at the
 * same moment can't leave the bank without one.
 * @throws Problem `last_superuser` if no other superuser is active, in addition
 */
export async function removeSupervised<Result>(
  deps: Deps,
  caller: Caller,
  userId: string,
  work: (trx: Transaction, user: UserRow) => Promise<Result>,
): Promise<Result> {
  // No user becomes or stops being a superuser, and one who was added since only makes the check stricter than needed.
  const superusers = await listSuperuserIds(deps.db);
  const others = superusers.includes(userId) ? superusers.filter((id) => id !== userId) : [];
  return change(deps, async (trx) => {
    const [, found, ...rest] = await lockWithCaller(deps, trx, caller, [userId, ...others]);
    const user = refuseUnsupervised(caller, found ?? null);
    const isActive = (one: UserRow | undefined) => one !== undefined && isActiveSuperuser(deps.policy, one);
    if (isActive(user) && !rest.some(isActive)) throw refuse.last_superuser();
    return work(trx, user);
  });
}

async function lockWithCaller(
  deps: Deps,
  trx: Transaction,
  caller: Caller,
  others: readonly string[],
): Promise<(UserRow | undefined)[]> {
  const ids = [caller.userId, ...others];
  const rows = await lockUsers(trx, ids);
  const [user, ...rest] = ids.map((id) => rows.find((row) => row.id === id));
  if (user?.status !== 'active') return accessEnded('the user is not active');
  if (user.role !== caller.role) return accessEnded('the user has another role');
  const isLive =
    caller.kind === 'api'
      ? await lockLiveApiToken(trx, user.id, caller.sessionId, deps.clock())
      : await lockLiveSession(trx, user.id, caller.sessionId);
  if (!isLive) return accessEnded('the session or API token has ended');
  return [user, ...rest];
}
