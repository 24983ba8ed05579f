import type { RegistrationResponse } from '@guichet/contract/auth';
import { sentence } from '@guichet/contract/events';
import { isDuplicateKey, newId } from '@guichet/database';
import { enqueue } from '@guichet/outbox';
import type { Caller } from '@guichet/tokens';
import { actionLogged, actorOf, nameOf } from '../audit.ts';
import type { Deps, Origin } from '../deps.ts';
import { refuse } from '../errors.ts';
import { mailTo, userChanged } from '../messages.ts';
import { secondFactorAdded } from '../second-factor/after-change.ts';
import { methodsOf } from '../second-factor/methods.ts';
import { issueRecoveryCodes } from '../second-factor/recovery-codes.ts';
import { changeAsCaller } from '../users/change-as-caller.ts';
import { updateUser } from '../users/store.ts';
import { takeChallenge } from './challenge-store.ts';
import { knownTransports, PASSKEYS_MAX, relyingPartyOf } from './rules.ts';
import { insertPasskey, type PasskeyRow } from './store.ts';
import {
  challengeHashOf,
  InvalidCredentialError,
  type NewCredential,
  verifyRegistration,
} from './webauthn.ts';

/**
 * Registers a passkey for the challenge of `startRegistration`, in the same session. With the first second factor, the user gets ten
 * recovery codes, shown this once.
 * @throws Problem `invalid_passkey`, `too_many_passkeys`
 */
export async function addPasskey(
  deps: Deps,
  caller: Caller,
  wanted: { name: string; credential: RegistrationResponse },
  origin: Origin,
): Promise<{ row: PasskeyRow; recoveryCodes: string[] | null }> {
  const credential = await verifyNewCredential(deps, caller, wanted.credential);
  try {
    return await changeAsCaller(deps, caller, async (trx, user) => {
      const now = deps.clock();
      if (user.passkeys >= PASSKEYS_MAX) throw refuse.too_many_passkeys();
      const isFirst = methodsOf(user).length === 0;
      const row: PasskeyRow = {
        ...credential,
        id: newId(now),
        user_id: user.id,
        transports: knownTransports(wanted.credential.response.transports),
        name: wanted.name,
        created_at: now,
        last_used_at: null,
      };
      await insertPasskey(trx, row);
      const changed = await updateUser(trx, user, { passkeys: user.passkeys + 1 }, now);
      const recoveryCodes = isFirst ? await issueRecoveryCodes(trx, user.id) : null;
      await enqueue(trx, [
        userChanged(changed),
        ...(await secondFactorAdded(deps, trx, caller, { isFirst, now })),
        actionLogged(now, origin, {
          actor: actorOf(caller),
          action: 'PASSKEY_ADDED',
          subject: { type: 'passkey', id: row.id },
          concerns: [user.id],
          sentence: sentence`${nameOf(user)} added the passkey "${{ of: user.id, text: row.name }}".`,
          data: { name: row.name, backed_up: row.backed_up, aaguid: row.aaguid },
        }),
        ...mailTo(changed, now, origin, {
          template: 'passkey_added',
          data: { at: now.toISOString(), name: row.name },
        }),
      ]);
      return { row, recoveryCodes };
    });
  } catch (error) {
    // The passkey stays with the user who has it (WebAuthn level 3, 7.1, step 26).
    if (isDuplicateKey(error, 'passkeys_credential')) throw refuse.invalid_passkey();
    throw error;
  }
}

async function verifyNewCredential(
  deps: Deps,
  caller: Caller,
  credential: RegistrationResponse,
): Promise<NewCredential> {
  try {
    const hash = await challengeHashOf(credential);
    // Alone in its transaction, because it is used up whatever follows.
    const taken = await changeAsCaller(deps, caller, (trx) =>
      takeChallenge(trx, { challenge_hash: hash }, deps.clock()),
    );
    if (
      taken?.purpose !== 'register' ||
      taken.user_id !== caller.userId ||
      taken.session_id !== caller.sessionId
    ) {
      throw new InvalidCredentialError('the challenge is not one of this session');
    }
    return await verifyRegistration(relyingPartyOf(deps.policy.publicUrl), credential, hash);
  } catch (cause) {
    if (!(cause instanceof InvalidCredentialError)) throw cause;
    throw refuse.invalid_passkey(undefined, { internal: `invalid_passkey: ${cause.message}`, cause });
  }
}
