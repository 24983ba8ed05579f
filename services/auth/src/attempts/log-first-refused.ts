import { sentence } from '@guichet/contract/events';
import { enqueue } from '@guichet/outbox';
import { actionLogged, nameOf } from '../audit.ts';
import { change, type Deps, type Origin } from '../deps.ts';
import { findUser, type UserRow } from '../users/store.ts';
import { findFailures, findLocked, type Guessed, markRefusalLogged } from './guard.ts';

/**
 * Logs an attempt that a lock refused, if it is the first since the lock began: the entry says that someone goes on, and a flood of attempts
 * can't flood the log.
 */
export async function logFirstRefused(
  deps: Deps,
  guessed: Guessed,
  found: UserRow | null,
  origin: Origin,
): Promise<void> {
  const failures = await findFailures(deps.db, guessed);
  if (failures?.refusal_logged !== 0) return;
  await change(deps, async (trx) => {
    const now = deps.clock();
    const until = await markRefusalLogged(trx, guessed, now);
    if (until === null) return;
    const user = found === null || found.decoy !== 0 ? null : found;
    await enqueue(trx, [
      actionLogged(now, origin, {
        actor: null,
        action: 'ATTEMPT_WHILE_LOCKED',
        subject: user === null ? null : { type: 'user', id: user.id },
        concerns: user === null ? [] : [user.id],
        sentence:
          user === null
            ? sentence`An attempt was refused after too many failures.`
            : sentence`An attempt as ${nameOf(user)} was refused after too many failures.`,
        data: { method: guessed.startsWith('totp:') ? 'totp' : 'password', expires_at: until.toISOString() },
      }),
    ]);
  });
}

/** Refuses, and logs once, while the second factor of a user is locked. @throws Problem `too_many_attempts` */
export async function refuseWhileLocked(
  deps: Deps,
  guessed: Guessed,
  userId: string,
  origin: Origin,
): Promise<void> {
  const locked = await findLocked(deps.db, guessed, deps.clock());
  if (locked === null) return;
  await logFirstRefused(deps, guessed, await findUser(deps.db, userId), origin);
  throw locked;
}
