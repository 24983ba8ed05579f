import type { Deps } from '../deps.ts';
import { refuse } from '../errors.ts';
import { type PasswordOwner, passwordWeakness } from './rules.ts';

/** @throws Problem `password_too_weak` with the reason */
export function refuseWeakPassword(
  deps: Deps,
  password: string,
  owner: Omit<PasswordOwner, 'email'> & { email: string | null },
): void {
  const weakness = passwordWeakness(password, { ...owner, email: owner.email ?? '' }, deps.commonPasswords);
  if (weakness !== null) throw refuse.password_too_weak(`The password ${weakness}`);
}
