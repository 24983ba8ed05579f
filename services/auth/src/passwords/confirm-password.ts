import { countFailure, forgetFailures, refuseWhileLocked } from '../attempts/guard.ts';
import { change, type Deps } from '../deps.ts';
import { refuse } from '../errors.ts';
import type { UserRow } from '../users/store.ts';

/**
 * Checks the password of a signed-in user, because a stolen token alone must not be enough. Wrong passwords count together with those at sign-in.
 * @throws Problem `wrong_password`, `too_many_attempts`
 */
export async function confirmPassword(deps: Deps, user: UserRow, password: string): Promise<void> {
  const guessed = `login:${user.id}` as const;
  await refuseWhileLocked(deps.db, guessed, deps.clock());
  const matches = await deps.hasher.verify(password, user.password_hash);
  const now = deps.clock();
  const locked = await change(deps, (trx) =>
    matches ? forgetFailures(trx, guessed, now) : countFailure(trx, guessed, now),
  );
  if (locked !== null) throw locked;
  if (!matches) throw refuse.wrong_password();
}
