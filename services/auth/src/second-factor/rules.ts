import type { Role, Scope } from '@guichet/contract';
import type { Policy } from '../deps.ts';

/** What a user may do who has to set up a second factor first. Setting one up needs a session and no scope. */
const ENROLMENT_SCOPES: readonly Scope[] = ['profile'];

/** Whether users of this role must have a second factor. */
export function needsSecondFactor({ requireTotpForStaff }: SecondFactorPolicy, role: Role): boolean {
  return requireTotpForStaff && role !== 'member';
}

/** The scopes that remain to a user who has proved a second factor, or has not. */
export function scopesAfter(
  policy: SecondFactorPolicy,
  role: Role,
  provedSecondFactor: boolean,
  scopes: readonly Scope[],
): readonly Scope[] {
  if (provedSecondFactor || !needsSecondFactor(policy, role)) return scopes;
  return scopes.filter((scope) => ENROLMENT_SCOPES.includes(scope));
}

export type SecondFactorPolicy = Pick<Policy, 'requireTotpForStaff'>;
