import type { Passkey } from '@guichet/contract/auth';
import type { UserRow } from '../users/store.ts';
import { ALGORITHMS, CHALLENGE_MS, type RelyingParty, userHandleOf } from './rules.ts';
import type { PasskeyRow } from './store.ts';

export function viewPasskey(row: PasskeyRow): Passkey {
  return {
    id: row.id,
    name: row.name,
    credential_id: row.credential_id,
    created_at: row.created_at.toISOString(),
    last_used_at: row.last_used_at?.toISOString() ?? null,
  };
}

/** The options to register a passkey that signs in without a username, and verifies the user each time. */
export function viewCreationOptions(
  relyingParty: RelyingParty,
  challenge: string,
  user: UserRow,
  passkeys: readonly PasskeyRow[],
) {
  const name = [user.first_name, user.last_name].filter((part) => part !== null).join(' ') || user.username;
  return {
    rp: { id: relyingParty.id, name: 'Guichet' },
    user: {
      id: userHandleOf(user.id).toString('base64url'),
      name: user.username,
      displayName: name,
    },
    challenge,
    pubKeyCredParams: ALGORITHMS.map((alg) => ({ alg, type: 'public-key' as const })),
    timeout: CHALLENGE_MS,
    excludeCredentials: passkeys.map(viewDescriptor),
    authenticatorSelection: {
      residentKey: 'required' as const,
      requireResidentKey: true as const,
      userVerification: 'required' as const,
    },
    attestation: 'none' as const,
  };
}

/** The options to sign a challenge. Without passkeys, any of the bank may sign. */
export function viewRequest(
  relyingParty: RelyingParty,
  { id, challenge }: { id: string; challenge: string },
  passkeys: readonly PasskeyRow[],
) {
  return {
    challenge_id: id,
    options: {
      rpId: relyingParty.id,
      challenge,
      timeout: CHALLENGE_MS,
      userVerification: 'required' as const,
      allowCredentials: passkeys.map(viewDescriptor),
    },
  };
}

function viewDescriptor({ credential_id, transports }: PasskeyRow) {
  return { id: credential_id, type: 'public-key' as const, transports };
}
