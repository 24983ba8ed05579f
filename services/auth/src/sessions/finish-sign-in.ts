import type { Transaction } from '@guichet/database';
import { Problem } from '@guichet/errors';
import { logFirstRefused } from '../attempts/log-first-refused.ts';
import { change, type Deps, type Origin } from '../deps.ts';
import { isStillTrusted } from '../devices/trust-device.ts';
import { refuse } from '../errors.ts';
import { hashOpaqueToken, newOpaqueToken } from '../opaque-token.ts';
import { methodsOf } from '../second-factor/methods.ts';
import { useSecondFactor } from '../totp/use-second-factor.ts';
import { findUser, lockUser } from '../users/store.ts';
import { type Attempt, findClosed, forgetFailuresUnlessClosed, refuseAttempt } from './attempt.ts';
import { type NewSession, openSession } from './open-session.ts';
import { SECOND_STEP_MS, WRONG_CODES_MAX } from './rules.ts';
import { deleteSignIn, findSignIn, insertSignIn, lockSignIn, writeSignInFailures } from './sign-in-store.ts';

/**
 * Keeps that a user gave the right password. @returns the ticket for the second step, which is stored by its hash only. It ends after five
 * minutes or five wrong codes, and with the sessions of the user.
 */
export async function awaitSecondFactor(
  trx: Transaction,
  userId: string,
  device: string | null,
  now: Date,
): Promise<string> {
  const ticket = newOpaqueToken();
  await insertSignIn(trx, {
    ticket_hash: hashOpaqueToken(ticket),
    user_id: userId,
    device_id: device,
    failures: 0,
    created_at: now,
    expires_at: new Date(now.getTime() + SECOND_STEP_MS),
  });
  return ticket;
}

/**
 * The second step of a sign-in: a code, without the password again. Wrong codes count together with wrong passwords, and while the user is
 * locked only a trusted device can finish.
 * @throws Problem `invalid_sign_in`, `too_many_attempts`, `too_many_requests`, `invalid_totp`
 */
export async function finishSignIn(
  deps: Deps,
  { ticket, code }: { ticket: string; code: string },
  origin: Origin,
): Promise<NewSession> {
  const ticketHash = hashOpaqueToken(ticket);
  const signIn = await findSignIn(deps.db, ticketHash, deps.clock());
  const found = signIn === null ? null : await findUser(deps.db, signIn.user_id);
  if (signIn === null || found === null) throw refuse.invalid_sign_in();
  const guessed = `login:${found.id}` as const;
  const { device_id } = signIn;
  const isTrusted = device_id !== null && (await isStillTrusted(deps.db, device_id, found.id, deps.clock()));
  const device = isTrusted ? device_id : null;
  const closed = await findClosed(deps, guessed, origin);
  if (closed !== null && device === null) {
    await logFirstRefused(deps, guessed, found, origin);
    throw closed;
  }

  // A refusal is returned, not thrown, because the attempt and the audit event must be committed.
  const outcome = await change(deps, async (trx) => {
    const now = deps.clock();
    const attempt: Attempt = { deps, origin, guessed, found, device, closed, now };
    const user = await lockUser(trx, found.id);
    const open = await lockSignIn(trx, ticketHash, now);
    if (user === null || open === null || user.status !== 'active') return refuse.invalid_sign_in();
    // Without a second factor there is nothing left to prove, so the sign-in begins again.
    if (methodsOf(user).length === 0) return refuse.invalid_sign_in();
    if (!(await useSecondFactor(deps, trx, user, code, now))) {
      const failures = open.failures + 1;
      if (failures < WRONG_CODES_MAX) await writeSignInFailures(trx, ticketHash, failures);
      else await deleteSignIn(trx, ticketHash);
      return refuseAttempt(trx, attempt, 'wrong_code', refuse.invalid_totp());
    }
    const locked = await forgetFailuresUnlessClosed(trx, attempt, user);
    if (locked !== null) return locked;
    await deleteSignIn(trx, ticketHash);
    return openSession(deps, trx, user, origin, now, { device });
  });
  if (outcome instanceof Problem) throw outcome;
  return outcome;
}
