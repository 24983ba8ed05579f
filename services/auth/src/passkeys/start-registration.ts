import type { Caller } from '@guichet/tokens';
import type { Deps, Origin } from '../deps.ts';
import { refuse } from '../errors.ts';
import { changeWithPassword } from '../users/change-as-caller.ts';
import type { UserRow } from '../users/store.ts';
import { type IssuedChallenge, issueChallenge } from './issue-challenge.ts';
import { PASSKEYS_MAX } from './rules.ts';
import { lockPasskeys, type PasskeyRow } from './store.ts';

/**
 * Begins to register a passkey, after confirming the password. @returns the challenge, for this session, and the passkeys that the user has
 * @throws Problem `wrong_password`, `too_many_attempts`, `too_many_passkeys`
 */
export async function startRegistration(
  deps: Deps,
  caller: Caller,
  password: string,
  origin: Origin,
): Promise<{ issued: IssuedChallenge; user: UserRow; passkeys: PasskeyRow[] }> {
  return changeWithPassword(deps, caller, password, origin, async (trx, user) => {
    const passkeys = await lockPasskeys(trx, user.id);
    if (user.passkeys >= PASSKEYS_MAX) throw refuse.too_many_passkeys();
    const meant = { purpose: 'register', user_id: user.id, session_id: caller.sessionId } as const;
    return { issued: await issueChallenge(trx, meant, deps.clock()), user, passkeys };
  });
}
