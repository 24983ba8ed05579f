import type { UserRow } from '../users/store.ts';

/** What a user can prove besides the password. Recovery codes only come with another method. */
type SecondFactorMethod = 'totp' | 'passkey' | 'recovery_code';

/** The second factors of a user; none if the password alone signs them in. A user who has any can't sign in without one. */
export function methodsOf({
  totp_enabled,
  passkeys,
}: Pick<UserRow, 'totp_enabled' | 'passkeys'>): SecondFactorMethod[] {
  const methods: SecondFactorMethod[] = [
    ...(totp_enabled === 1 ? (['totp'] as const) : []),
    ...(passkeys > 0 ? (['passkey'] as const) : []),
  ];
  return methods.length === 0 ? [] : [...methods, 'recovery_code'];
}
