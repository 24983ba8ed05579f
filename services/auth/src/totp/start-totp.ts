import { randomBytes } from 'node:crypto';
import type { Caller } from '@guichet/tokens';
import type { Deps } from '../deps.ts';
import { refuse } from '../errors.ts';
import { changeWithPassword } from '../users/change-as-caller.ts';
import { otpauthUri, toBase32 } from './rules.ts';
import { replaceTotp } from './store.ts';

/** 160 bits, as RFC 4226 recommends. */
const SECRET_BYTES = 20;

/**
 * Shows a secret for an authenticator app; the second factor is on once a code of it is confirmed.
 * @throws Problem `wrong_password`, `too_many_attempts`, `totp_already_enabled`
 */
export async function startTotp(
  deps: Deps,
  caller: Caller,
  password: string,
): Promise<{ secret: string; otpauthUri: string }> {
  const secret = toBase32(randomBytes(SECRET_BYTES));
  await changeWithPassword(deps, caller, password, async (trx, user) => {
    if (user.totp_enabled === 1) throw refuse.totp_already_enabled();
    await replaceTotp(trx, user.id, deps.vault.seal(secret, `totp ${user.id}`), deps.clock());
  });
  return { secret, otpauthUri: otpauthUri(secret, caller.username) };
}
