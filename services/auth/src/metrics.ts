import { Problem, problems } from '@guichet/errors';
import { metrics } from '@guichet/metrics';
import { refuse } from './errors.ts';
import type { Keyring } from './keys/keyring.ts';

/** The outcomes of a sign-in other than success; anything else counts as an internal error. */
const LOGIN_REFUSALS: readonly string[] = [
  refuse.invalid_credentials,
  refuse.totp_required,
  refuse.invalid_totp,
  refuse.invalid_sign_in,
  refuse.account_pending,
  refuse.account_rejected,
  refuse.account_deactivated,
  refuse.too_many_attempts,
  problems.too_many_requests,
  problems.unavailable,
].map(({ code }) => code);

const logins = metrics.counter({
  name: 'guichet_logins_total',
  help: 'Sign-in attempts by outcome: success, the code of the refusal, or error.',
  labelNames: ['outcome'],
});
for (const outcome of ['success', ...LOGIN_REFUSALS, 'error']) logins.inc({ outcome }, 0);

/** Counts a sign-in by its outcome. */
export async function observeLogin<Result>(signIn: () => Promise<Result>): Promise<Result> {
  try {
    const result = await signIn();
    logins.inc({ outcome: 'success' });
    return result;
  } catch (error) {
    const code = error instanceof Problem ? error.code : 'error';
    logins.inc({ outcome: LOGIN_REFUSALS.includes(code) ? code : 'error' });
    throw error;
  }
}

const REFRESHES = ['rotated', 'repeated', 'stolen', 'refused'] as const;
const refreshes = metrics.counter({
  name: 'guichet_session_refreshes_total',
  help: 'Refresh tokens received, by outcome: exchanged, same answer repeated, reused (the session ends), or refused.',
  labelNames: ['outcome'],
});
for (const outcome of REFRESHES) refreshes.inc({ outcome }, 0);

export function countRefresh(outcome: (typeof REFRESHES)[number]): void {
  refreshes.inc({ outcome });
}

/** Measures the age of the signing key, and the age at which it is replaced. */
export function watchKeys(keyring: Pick<Keyring, 'signingSince'>, now: () => Date, intervalMs: number): void {
  metrics.gauge(
    {
      name: 'guichet_signing_key_age_seconds',
      help: 'Age of the signing key that this replica uses, since it began to sign.',
    },
    () => {
      const since = keyring.signingSince();
      return since === null ? null : (now().getTime() - since.getTime()) / 1000;
    },
  );
  metrics.gauge(
    {
      name: 'guichet_signing_key_interval_seconds',
      help: 'Time after which a signing key is rotated (SIGNING_KEY_DAYS).',
    },
    () => intervalMs / 1000,
  );
}

/** Measures how many passwords are queued for hashing. */
export function watchHashing(waiting: () => number): void {
  metrics.gauge(
    { name: 'guichet_password_hashes_waiting', help: 'Passwords waiting to be hashed.' },
    waiting,
  );
}
