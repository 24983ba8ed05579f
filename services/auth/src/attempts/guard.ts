import { createHash } from 'node:crypto';
import type { Database, Transaction } from '@guichet/database';
import type { Problem } from '@guichet/errors';
import { refuse } from '../errors.ts';
import { failuresInARow, lockSeconds } from './rules.ts';
import * as store from './store.ts';

/** The target of guesses: the password of a user (by id) or of a name that no user has, or the second factor of a signed-in user. */
export type Guessed = `login:${string}` | `unknown:${string}` | `totp:${string}`;

/** The failures that are counted now, or null. */
export function findFailures(db: Database, guessed: Guessed): Promise<store.FailedAttempts | null> {
  return store.readFailures(db, hashName(guessed));
}

/** The refusal while the name is locked, or null. */
export async function findLocked(db: Database, guessed: Guessed, now: Date): Promise<Problem | null> {
  return lockedProblem(await store.readFailures(db, hashName(guessed)), now);
}

/**
 * Counts a failure. If enough concurrent attempts failed meanwhile, this one gets that refusal instead: of a hundred concurrent guesses,
 * five are answered. @returns that refusal, or null
 */
export async function countFailure(trx: Transaction, guessed: Guessed, now: Date): Promise<Problem | null> {
  const nameHash = hashName(guessed);
  const before = await store.lockOrCreateFailures(trx, nameHash, now);
  const locked = lockedProblem(before, now);
  if (locked !== null) return locked;
  const failures = failuresInARow({ failures: before.failures, lastFailedAt: before.last_failed_at }, now);
  const seconds = lockSeconds(failures);
  await store.writeFailures(trx, nameHash, {
    failures,
    last_failed_at: now,
    locked_until: seconds === 0 ? null : new Date(now.getTime() + seconds * 1000),
    refusal_logged: 0,
  });
  return null;
}

/** The same; until the transaction ends, no other attempt is counted. */
export async function lockAndFindLocked(
  trx: Transaction,
  guessed: Guessed,
  now: Date,
): Promise<Problem | null> {
  return lockedProblem(await store.lockFailures(trx, hashName(guessed)), now);
}

/** Marks that a refused attempt was logged. @returns until when the lock lasts; null if there is none, or one was logged since it began */
export async function markRefusalLogged(trx: Transaction, guessed: Guessed, now: Date): Promise<Date | null> {
  const nameHash = hashName(guessed);
  const attempts = await store.lockFailures(trx, nameHash);
  if (attempts === null || lockedProblem(attempts, now) === null || attempts.refusal_logged !== 0)
    return null;
  await store.writeFailures(trx, nameHash, { ...attempts, refusal_logged: 1 });
  return attempts.locked_until;
}

/** Clears the failures after a success, unless the name was locked meanwhile: then the success is refused as well. */
export async function forgetFailures(trx: Transaction, guessed: Guessed, now: Date): Promise<Problem | null> {
  const nameHash = hashName(guessed);
  const before = await store.lockFailures(trx, nameHash);
  if (before === null) return null;
  const locked = lockedProblem(before, now);
  if (locked === null) await store.deleteFailures(trx, nameHash);
  return locked;
}

/** Unlocks the login of a user who has proved their identity in another way. */
export async function forgetLoginFailures(trx: Transaction, userId: string): Promise<void> {
  await store.deleteFailures(trx, hashName(`login:${userId}`));
}

/** Deletes the count of wrong codes of a user. */
export async function forgetSecondFactorFailures(trx: Transaction, userId: string): Promise<void> {
  await store.deleteFailures(trx, hashName(`totp:${userId}`));
}

function lockedProblem(attempts: store.FailedAttempts | null, now: Date): Problem | null {
  const remainingMs = (attempts?.locked_until?.getTime() ?? 0) - now.getTime();
  if (remainingMs <= 0) return null;
  return refuse.too_many_attempts(undefined, {
    headers: { 'Retry-After': String(Math.ceil(remainingMs / 1000)) },
  });
}

// Typed names are stored as hashes, because people type their password in the wrong field.
function hashName(guessed: Guessed): string {
  return createHash('sha256').update(guessed).digest('hex');
}
