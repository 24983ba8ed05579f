import { needsSecondFactor, type SecondFactorPolicy } from '../second-factor/rules.ts';
import type { UserRow } from './store.ts';

/**
 * Whether a user can do the work of a superuser now: active, with a way to sign in, and with a second factor where staff need one. Without
 * that second factor a stolen password would be enough to set one up, so the bank must not be left with such a superuser alone.
 */
export function isActiveSuperuser(
  policy: SecondFactorPolicy,
  { role, status, password_hash, totp_enabled, passkeys }: UserRow,
): boolean {
  if (role !== 'superuser' || status !== 'active') return false;
  if (password_hash === null && passkeys === 0) return false;
  return !needsSecondFactor(policy, role) || totp_enabled === 1 || passkeys > 0;
}
