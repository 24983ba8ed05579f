import { sentence } from '@guichet/contract/events';
import type { Transaction } from '@guichet/database';
import type { Problem } from '@guichet/errors';
import { enqueue } from '@guichet/outbox';
import { countFailure, findLocked, forgetFailures, type Guessed } from '../attempts/guard.ts';
import { actionLogged, nameOf } from '../audit.ts';
import type { Deps, Origin } from '../deps.ts';
import { countDeviceFailure, lockTrust } from '../devices/trust-device.ts';
import { refuse } from '../errors.ts';
import { QUOTAS } from '../quotas/rules.ts';
import { byNetwork, findUsedUp, findUses, tooManyRequests, useQuota } from '../quotas/use-quotas.ts';
import type { UserRow } from '../users/store.ts';

/** An attempt to sign in. */
export interface Attempt {
  deps: Deps;
  origin: Origin;
  /** What a wrong attempt guesses at; null if it can't be guessed. */
  guessed: Guessed | null;
  found: UserRow | null;
  /** The id of the trusted device that it comes from; its failures have a budget of their own. */
  device: string | null;
  /** The refusal that any other device gets before its password is looked at; null if there is none. */
  closed: Problem | null;
  now: Date;
}

/** The refusal that an attempt gets before its password is looked at, unless its device is trusted: the user or the network is locked. */
export async function findClosed(deps: Deps, guessed: Guessed, origin: Origin): Promise<Problem | null> {
  const locked = await findLocked(deps.db, guessed, deps.clock());
  return locked ?? findUsedUp(deps.db, byNetwork('failed_sign_in_from_network', origin), deps.clock());
}

/** How many sign-ins from the same network failed lately. */
export async function countNetworkFailures({ db, clock }: Deps, origin: Origin): Promise<number> {
  const quota = 'failed_sign_in_from_network';
  const since = clock().getTime() - QUOTAS[quota].windowMs;
  return (await findUses(db, byNetwork(quota, origin))).filter((moment) => moment > since).length;
}

/** Counts and logs a wrong password or code. @returns `refusal`, or that of a lock or quota that came first */
export async function refuseAttempt(
  trx: Transaction,
  attempt: Attempt,
  reason: 'wrong_password' | 'wrong_code',
  refusal: Problem,
): Promise<Problem> {
  const { guessed, found, device, now } = attempt;
  const locked = guessed === null ? null : await countFailure(trx, guessed, now);
  const closed = attempt.closed ?? locked ?? (await countInNetwork(trx, attempt));
  const isTrusted =
    device !== null && found !== null && (await countDeviceFailure(trx, device, found.id, now));
  if (closed !== null && !isTrusted) return closed;
  await enqueue(trx, [loginFailed(attempt, found, reason)]);
  // A wrong password gets the answer that a stranger gets, so that no answer shows that a device is trusted.
  return closed !== null && reason === 'wrong_password' ? closed : refusal;
}

/** The same for an attempt that counts for the network address only. */
export async function refuseUncounted(
  trx: Transaction,
  attempt: Attempt,
  reason: string,
  refusal: Problem,
): Promise<Problem> {
  const closed = await countInNetwork(trx, attempt);
  if (closed !== null) return closed;
  await enqueue(trx, [loginFailed(attempt, attempt.found, reason)]);
  return refusal;
}

async function countInNetwork(trx: Transaction, { origin, now }: Attempt): Promise<Problem | null> {
  const seconds = await useQuota(trx, byNetwork('failed_sign_in_from_network', origin), now);
  return seconds === null ? null : tooManyRequests(seconds);
}

/** Refuses a user who proved who they are, but may not sign in. */
export async function refuseInactive(trx: Transaction, attempt: Attempt, user: UserRow): Promise<Problem> {
  const closed = await forgetFailuresUnlessClosed(trx, attempt, user);
  if (closed !== null) return closed;
  await enqueue(trx, [loginFailed(attempt, user, `account_${user.status}`)]);
  if (user.status === 'rejected') return refuse.account_rejected();
  if (user.status === 'deactivated') return refuse.account_deactivated();
  return refuse.account_pending();
}

/**
 * Clears the failures of strangers after a success, unless they are locked: a success on a trusted device leaves their lock as it is, because it
 * would give them more guesses. @returns the refusal of an attempt that is locked and comes from no trusted device
 */
export async function forgetFailuresUnlessClosed(
  trx: Transaction,
  attempt: Attempt,
  user: UserRow,
): Promise<Problem | null> {
  const { guessed, now } = attempt;
  const locked = guessed === null ? null : await forgetFailures(trx, guessed, now);
  return refuseIfClosed(trx, attempt, user, locked);
}

/** @param locked the refusal while strangers are locked, read under the lock of their count */
export async function refuseIfClosed(
  trx: Transaction,
  { device, closed, now }: Attempt,
  user: UserRow,
  locked: Problem | null,
): Promise<Problem | null> {
  const refusal = locked ?? closed;
  if (refusal === null || device === null) return refusal;
  // Concurrent guesses on the same device may have used its budget up.
  return (await lockTrust(trx, device, user.id, now)) ? null : refusal;
}

function loginFailed(attempt: Attempt, user: UserRow | null, reason: string) {
  const isKnown = user !== null && user.decoy === 0;
  return actionLogged(attempt.now, attempt.origin, {
    actor: null,
    action: 'LOGIN_FAILED',
    subject: isKnown ? { type: 'user', id: user.id } : null,
    concerns: isKnown ? [user.id] : [],
    sentence: isKnown ? sentence`Failed sign-in as ${nameOf(user)}.` : sentence`Failed sign-in.`,
    data: { reason, user_agent: attempt.origin.userAgent, trusted_device: attempt.device !== null },
  });
}
