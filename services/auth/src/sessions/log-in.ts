import { newId, type Transaction } from '@guichet/database';
import { Problem } from '@guichet/errors';
import { enqueue } from '@guichet/outbox';
import { countFailure, forgetFailures, type Guessed, refuseWhileLocked } from '../attempts/guard.ts';
import { actionLogged, actorOf } from '../audit.ts';
import { change, type Deps, type Origin } from '../deps.ts';
import { refuse } from '../errors.ts';
import { mailTo } from '../messages.ts';
import { byNetwork, refuseWhileUsedUp, tooManyRequests, useQuota } from '../quotas/use-quotas.ts';
import { useSecondFactor } from '../totp/use-second-factor.ts';
import { readLoginName } from '../users/rules.ts';
import { findUserByLogin, lockAnyUser, replacePasswordHash, type UserRow } from '../users/store.ts';
import { issueTokens, type TokenPair } from './issue-tokens.ts';
import { deviceHash } from './rules.ts';
import { insertSession, noteDevice } from './store.ts';

export interface SignedIn {
  pair: TokenPair;
  user: UserRow;
}

interface Credentials {
  /** A username or an email address. */
  username: string;
  password: string;
  totp: string | null;
}

/**
 * Signs a user in. An unknown name and a wrong password get the same response after the same work, and the same lock.
 * @throws Problem `too_many_attempts`, `too_many_requests`, `invalid_credentials`; after the right password `account_pending`, `account_rejected`,
 * `account_deactivated`, `totp_required`, `invalid_totp`
 */
export async function logIn(deps: Deps, credentials: Credentials, origin: Origin): Promise<SignedIn> {
  const name = readLoginName(credentials.username);
  const found = await findUserByLogin(deps.db, name);
  // By id, so that a user's username and email share one count.
  const guessed = found === null ? (`unknown:${name.key}` as const) : (`login:${found.id}` as const);
  await refuseWhileLocked(deps.db, guessed, deps.clock());
  await refuseWhileUsedUp(deps.db, byNetwork('failed_sign_in_from_network', origin.ip), deps.clock());
  const passwordIsRight = await deps.hasher.verify(credentials.password, found?.password_hash ?? null);
  const attempt: Attempt = { deps, origin, guessed, found, now: deps.clock() };

  // A refusal is returned, not thrown, because the attempt and the audit event must be committed.
  const outcome = await change(deps, (trx) =>
    passwordIsRight && found !== null
      ? admit(trx, attempt, found, credentials.totp)
      : refuseAttempt(trx, attempt, 'wrong_password', refuse.invalid_credentials()),
  );
  if (outcome instanceof Problem) throw outcome;
  await renewDatedHash(deps, outcome.user, credentials.password);
  return outcome;
}

interface Attempt {
  deps: Deps;
  origin: Origin;
  guessed: Guessed;
  found: UserRow | null;
  now: Date;
}

/** Continues after the right password: creates a session or refuses. */
async function admit(
  trx: Transaction,
  attempt: Attempt,
  found: UserRow,
  totp: string | null,
): Promise<SignedIn | Problem> {
  const { deps, origin, guessed, now } = attempt;
  const user = await lockAnyUser(trx, found.id);
  if (user === null || user.password_hash !== found.password_hash) {
    return refuseAttempt(trx, attempt, 'wrong_password', refuse.invalid_credentials());
  }
  if (user.status !== 'active') return refuseInactive(trx, attempt, user);

  if (user.totp_enabled === 1) {
    // Neither a failure nor a success: the client sends the code next.
    if (totp === null) return refuse.totp_required();
    if (!(await useSecondFactor(deps, trx, user, totp, now))) {
      return refuseAttempt(trx, attempt, 'wrong_code', refuse.invalid_totp());
    }
  }
  const locked = await forgetFailures(trx, guessed, now);
  if (locked !== null) return locked;

  const sessionId = newId(now);
  await insertSession(trx, {
    id: sessionId,
    user_id: user.id,
    created_at: now,
    last_used_at: now,
    expires_at: new Date(now.getTime() + deps.policy.sessionMaxSeconds * 1000),
    user_agent: origin.userAgent,
    ip: origin.ip,
    ended_at: null,
    end_reason: null,
  });
  const pair = await issueTokens(deps, trx, user, sessionId, now);
  const device = await noteDevice(trx, user.id, deviceHash(origin.userAgent, origin.ip), now);
  const seen = { at: now.toISOString(), ip: origin.ip, user_agent: origin.userAgent };
  await enqueue(trx, [
    actionLogged(now, origin, {
      actor: actorOf(user),
      action: 'LOGIN',
      subject: { type: 'user', id: user.id },
      concerns: [user.id],
      message: `${user.username} signed in.`,
      data: { session_id: sessionId, user_agent: origin.userAgent, new_device: device !== 'known' },
    }),
    ...(device === 'new' ? mailTo(user, now, origin, { template: 'new_device', data: seen }) : []),
  ]);
  return { pair, user };
}

async function refuseInactive(trx: Transaction, attempt: Attempt, user: UserRow): Promise<Problem> {
  const locked = await forgetFailures(trx, attempt.guessed, attempt.now);
  if (locked !== null) return locked;
  await enqueue(trx, [loginFailed(attempt, user, `account_${user.status}`)]);
  if (user.status === 'rejected') return refuse.account_rejected();
  if (user.status === 'deactivated') return refuse.account_deactivated();
  return refuse.account_pending();
}

async function refuseAttempt(
  trx: Transaction,
  attempt: Attempt,
  reason: string,
  refusal: Problem,
): Promise<Problem> {
  const locked = await countFailure(trx, attempt.guessed, attempt.now);
  if (locked !== null) return locked;
  const network = byNetwork('failed_sign_in_from_network', attempt.origin.ip);
  const seconds = await useQuota(trx, network, attempt.now);
  if (seconds !== null) return tooManyRequests(seconds);
  await enqueue(trx, [loginFailed(attempt, attempt.found, reason)]);
  return refusal;
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

/** Hashes the password again if its hash has a lower cost than the current one. */
async function renewDatedHash(deps: Deps, user: UserRow, password: string): Promise<void> {
  const { password_hash: dated } = user;
  if (dated === null || !deps.hasher.isDated(dated)) return;
  const renewed = await deps.hasher.hash(password);
  await replacePasswordHash(deps.db, user.id, dated, renewed);
}
