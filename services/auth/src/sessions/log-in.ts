import type { Transaction } from '@guichet/database';
import { Problem } from '@guichet/errors';
import { type Guessed, lockAndFindLocked } from '../attempts/guard.ts';
import { logFirstRefused } from '../attempts/log-first-refused.ts';
import { change, type Deps, type Origin } from '../deps.ts';
import { findTrustedDevice } from '../devices/trust-device.ts';
import { refuse } from '../errors.ts';
import { methodsOf } from '../second-factor/methods.ts';
import { useSecondFactor } from '../totp/use-second-factor.ts';
import { readLoginName } from '../users/rules.ts';
import { findUserByLogin, lockAnyUser, replacePasswordHash, type UserRow } from '../users/store.ts';
import {
  type Attempt,
  countNetworkFailures,
  findClosed,
  forgetFailuresUnlessClosed,
  refuseAttempt,
  refuseIfClosed,
  refuseInactive,
} from './attempt.ts';
import { awaitSecondFactor } from './finish-sign-in.ts';
import { type NewSession, openSession } from './open-session.ts';

type PasswordAttempt = Attempt & { guessed: Guessed };

interface Credentials {
  /** A username or an email address. */
  username: string;
  password: string;
  totp: string | null;
  /** What an earlier sign-in left on this device. */
  deviceToken: string | null;
}

/**
 * Signs a user in. An unknown name and a wrong password get the same response after the same work, and the same lock. A device on which the user
 * has signed in before isn't locked by the failures of others, and doesn't wait for their passwords to be compared; a new device waits less than guesses
 * from networks that have failed.
 * @throws Problem `too_many_attempts`, `too_many_requests`, `invalid_credentials`; after the right password `account_pending`, `account_rejected`,
 * `account_deactivated`, `totp_required`, `invalid_totp`
 */
export async function logIn(deps: Deps, credentials: Credentials, origin: Origin): Promise<NewSession> {
  const name = readLoginName(credentials.username);
  const found = await findUserByLogin(deps.db, name);
  // By id, so that a user's username and email share one count.
  const guessed = found === null ? (`unknown:${name.key}` as const) : (`login:${found.id}` as const);
  const device = await findTrustedDevice(deps.db, credentials.deviceToken, found?.id ?? null, deps.clock());
  const closed = await findClosed(deps, guessed, origin);
  if (closed !== null && device === null) {
    await logFirstRefused(deps, guessed, found, origin);
    throw closed;
  }
  const passwordIsRight = await deps.hasher.verify(credentials.password, found?.password_hash ?? null, {
    known: device,
    failures: await countNetworkFailures(deps, origin),
  });
  const attempt: PasswordAttempt = { deps, origin, guessed, found, device, closed, now: deps.clock() };

  // A refusal is returned, not thrown, because the attempt and the audit event must be committed.
  const outcome = await change(deps, (trx) =>
    passwordIsRight && found !== null
      ? admit(trx, attempt, found, credentials.totp)
      : refuseAttempt(trx, attempt, 'wrong_password', refuse.invalid_credentials()),
  );
  const passwordWasProved = !(outcome instanceof Problem) || outcome.code === refuse.totp_required.code;
  if (passwordWasProved && found !== null) await renewDatedHash(deps, found, credentials.password);
  if (outcome instanceof Problem) throw outcome;
  return outcome;
}

/** Continues after the right password: creates a session or refuses. */
async function admit(
  trx: Transaction,
  attempt: PasswordAttempt,
  found: UserRow,
  totp: string | null,
): Promise<NewSession | Problem> {
  const { deps, origin, guessed, now } = attempt;
  const user = await lockAnyUser(trx, found.id);
  if (user === null || user.password_hash !== found.password_hash) {
    return refuseAttempt(trx, attempt, 'wrong_password', refuse.invalid_credentials());
  }
  if (user.status !== 'active') return refuseInactive(trx, attempt, user);

  const methods = methodsOf(user);
  if (methods.length > 0) {
    if (totp === null) {
      // Neither a failure nor a success; of many concurrent guesses, only those that the lock lets through learn that one is right.
      const closed = await refuseIfClosed(trx, attempt, user, await lockAndFindLocked(trx, guessed, now));
      if (closed !== null) return closed;
      return refuse.totp_required(undefined, {
        members: { sign_in: await awaitSecondFactor(trx, user.id, attempt.device, now), methods },
      });
    }
    if (!(await useSecondFactor(deps, trx, user, totp, now))) {
      return refuseAttempt(trx, attempt, 'wrong_code', refuse.invalid_totp());
    }
  }
  const closed = await forgetFailuresUnlessClosed(trx, attempt, user);
  if (closed !== null) return closed;
  return openSession(deps, trx, user, origin, now, { device: attempt.device });
}

/** Hashes the password again if its hash has a lower cost than the current one. */
async function renewDatedHash(deps: Deps, user: UserRow, password: string): Promise<void> {
  const { password_hash: dated } = user;
  if (dated === null || !deps.hasher.isDated(dated)) return;
  const renewed = await deps.hasher.hash(password);
  await replacePasswordHash(deps.db, user.id, dated, renewed);
}
