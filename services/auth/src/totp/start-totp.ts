import { randomBytes } from 'node:crypto';
import { sentence } from '@guichet/contract/events';
import { enqueue } from '@guichet/outbox';
import type { Caller } from '@guichet/tokens';
import { actionLogged, actorOf, nameOf } from '../audit.ts';
import type { Deps, Origin } from '../deps.ts';
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
  origin: Origin,
): Promise<{ secret: string; otpauthUri: string }> {
  const secret = toBase32(randomBytes(SECRET_BYTES));
  await changeWithPassword(deps, caller, password, origin, async (trx, user) => {
    if (user.totp_enabled === 1) throw refuse.totp_already_enabled();
    const now = deps.clock();
    await replaceTotp(trx, user.id, deps.vault.seal(secret, `totp ${user.id}`), now);
    await enqueue(trx, [
      actionLogged(now, origin, {
        actor: actorOf(caller),
        action: 'TOTP_ENROLMENT_STARTED',
        subject: { type: 'user', id: user.id },
        concerns: [user.id],
        sentence: sentence`${nameOf(user)} began to set up two-factor authentication.`,
      }),
    ]);
  });
  return { secret, otpauthUri: otpauthUri(secret, caller.username) };
}
