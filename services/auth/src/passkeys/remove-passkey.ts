import { sentence } from '@guichet/contract/events';
import { problems } from '@guichet/errors';
import { enqueue } from '@guichet/outbox';
import type { Caller } from '@guichet/tokens';
import { actionLogged, actorOf, nameOf } from '../audit.ts';
import type { Deps, Origin } from '../deps.ts';
import { mailTo, userChanged } from '../messages.ts';
import { secondFactorRemoved } from '../second-factor/after-change.ts';
import { methodsOf } from '../second-factor/methods.ts';
import { deleteRecoveryCodes } from '../totp/store.ts';
import { changeWithPassword } from '../users/change-as-caller.ts';
import { updateUser } from '../users/store.ts';
import { deletePasskey, lockPasskey } from './store.ts';

/**
 * Removes one of the caller's own passkeys, after confirming the password; payments that it confirmed are void. Without another second
 * factor, the recovery codes go too.
 * @throws Problem `wrong_password`, `too_many_attempts`, `not_found` for any other
 */
export async function removePasskey(
  deps: Deps,
  caller: Caller,
  { passkeyId, password }: { passkeyId: string; password: string },
  origin: Origin,
): Promise<void> {
  await changeWithPassword(deps, caller, password, origin, async (trx, user) => {
    const now = deps.clock();
    const passkey = await lockPasskey(trx, user.id, passkeyId);
    if (passkey === null) throw problems.not_found();
    await deletePasskey(trx, passkey.id);
    const changed = await updateUser(trx, user, { passkeys: user.passkeys - 1 }, now);
    if (methodsOf(changed).length === 0) await deleteRecoveryCodes(trx, user.id);
    await enqueue(trx, [
      userChanged(changed),
      ...(await secondFactorRemoved(deps, trx, user, now)),
      actionLogged(now, origin, {
        actor: actorOf(caller),
        action: 'PASSKEY_REMOVED',
        subject: { type: 'passkey', id: passkey.id },
        concerns: [user.id],
        sentence: sentence`${nameOf(user)} removed the passkey "${{ of: user.id, text: passkey.name }}".`,
        data: { name: passkey.name },
      }),
      ...mailTo(changed, now, origin, {
        template: 'passkey_removed',
        data: { at: now.toISOString(), name: passkey.name },
      }),
    ]);
  });
}
