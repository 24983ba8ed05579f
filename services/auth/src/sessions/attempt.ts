import type { Transaction } from '@guichet/database';
import type { Problem } from '@guichet/errors';
import { enqueue } from '@guichet/outbox';
import { countFailure, forgetFailures, type Guessed } from '../attempts/guard.ts';
import { actionLogged } from '../audit.ts';
import type { Deps, Origin } from '../deps.ts';
import { refuse } from '../errors.ts';
import { byNetwork, tooManyRequests, useQuota } from '../quotas/use-quotas.ts';
import type { UserRow } from '../users/store.ts';

/** An attempt to sign in. */
export interface Attempt {
  deps: Deps;
  origin: Origin;
  /** What a wrong attempt guesses at; null if it can't be guessed. */
  guessed: Guessed | null;
  found: UserRow | null;
  now: Date;
}

/** Counts and logs a wrong password or code. @returns `refusal`, or that of a lock or quota that came first */
export async function refuseAttempt(
  trx: Transaction,
  attempt: Attempt,
  reason: 'wrong_password' | 'wrong_code',
  refusal: Problem,
): Promise<Problem> {
  const { guessed, now } = attempt;
  const locked = guessed === null ? null : await countFailure(trx, guessed, now);
  return locked ?? refuseUncounted(trx, attempt, reason, refusal);
}

/** The same for an attempt that counts for the network address only. */
export async function refuseUncounted(
  trx: Transaction,
  attempt: Attempt,
  reason: string,
  refusal: Problem,
): Promise<Problem> {
  const network = byNetwork('failed_sign_in_from_network', attempt.origin.ip);
  const seconds = await useQuota(trx, network, attempt.now);
  if (seconds !== null) return tooManyRequests(seconds);
  await enqueue(trx, [loginFailed(attempt, attempt.found, reason)]);
  return refusal;
}

/** Refuses a user who proved who they are, but may not sign in. */
export async function refuseInactive(trx: Transaction, attempt: Attempt, user: UserRow): Promise<Problem> {
  const { guessed, now } = attempt;
  const locked = guessed === null ? null : await forgetFailures(trx, guessed, now);
  if (locked !== null) return locked;
  await enqueue(trx, [loginFailed(attempt, user, `account_${user.status}`)]);
  if (user.status === 'rejected') return refuse.account_rejected();
  if (user.status === 'deactivated') return refuse.account_deactivated();
  return refuse.account_pending();
}

function loginFailed(attempt: Attempt, user: UserRow | null, reason: string) {
  const isKnown = user !== null && user.decoy === 0;
  return actionLogged(attempt.now, attempt.origin, {
    actor: null,
    action: 'LOGIN_FAILED',
    subject: isKnown ? { type: 'user', id: user.id } : null,
    concerns: isKnown ? [user.id] : [],
    message: isKnown ? `Failed sign-in as ${user.username}.` : 'Failed sign-in.',
    data: { reason, user_agent: attempt.origin.userAgent },
  });
}
