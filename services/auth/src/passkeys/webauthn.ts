import type { Assertion, RegistrationResponse } from '@guichet/contract/auth';
import { hashOpaqueToken } from '../opaque-token.ts';
import { ALGORITHMS, type RelyingParty } from './rules.ts';
import type { PasskeyRow } from './store.ts';

// The library needs 27 MB, so it is loaded when the first passkey is used.
const library = () => import('@simplewebauthn/server');
const parsers = () => import('@simplewebauthn/server/helpers');

/** A credential that failed the verification; the reason is for the log. */
export class InvalidCredentialError extends Error {}

/** What a new passkey consists of. */
export type NewCredential = Pick<
  PasskeyRow,
  'credential_id' | 'public_key' | 'sign_count' | 'aaguid' | 'backup_eligible' | 'backed_up'
>;

/** The challenge that a credential was made for, by its hash. @throws InvalidCredentialError */
export async function challengeHashOf({ response }: RegistrationResponse): Promise<string> {
  const { decodeClientDataJSON } = await parsers();
  const { challenge } = await verified(async () => decodeClientDataJSON(response.clientDataJSON));
  return hashOpaqueToken(String(challenge));
}

/** Verifies a new passkey (WebAuthn level 3, 7.1). @throws InvalidCredentialError */
export async function verifyRegistration(
  relyingParty: RelyingParty,
  credential: RegistrationResponse,
  challengeHash: string,
): Promise<NewCredential> {
  const [{ verifyRegistrationResponse }, parse] = await Promise.all([library(), parsers()]);
  return verified(async () => {
    const { clientDataJSON, attestationObject } = credential.response;
    refuseFrames(parse.decodeClientDataJSON(clientDataJSON));
    const attestation = parse.decodeAttestationObject(parse.isoBase64URL.toBuffer(attestationObject));
    // No attestation was asked for. A certificate would make the library download the revocation list that it names.
    if (attestation.get('fmt') !== 'none' && attestation.get('attStmt').get('x5c') !== undefined) {
      throw new Error('the attestation has a certificate');
    }
    if (!['none', 'packed'].includes(attestation.get('fmt'))) throw new Error('unexpected attestation');
    const { verified: isVerified, registrationInfo: info } = await verifyRegistrationResponse({
      response: { ...credential, response: { clientDataJSON, attestationObject } },
      expectedChallenge: (challenge) => hashOpaqueToken(challenge) === challengeHash,
      expectedOrigin: relyingParty.origin,
      expectedRPID: relyingParty.id,
      requireUserVerification: true,
      supportedAlgorithmIDs: [...ALGORITHMS],
    });
    if (!isVerified || info === undefined) throw new Error('the attestation is wrong');
    if (info.credential.id !== credential.id) throw new Error('the credential has another id');
    return {
      credential_id: info.credential.id,
      public_key: Buffer.from(info.credential.publicKey),
      sign_count: info.credential.counter,
      aaguid: info.aaguid,
      backup_eligible: info.credentialDeviceType === 'multiDevice',
      backed_up: info.credentialBackedUp,
    };
  });
}

/**
 * Verifies the signature of a passkey (WebAuthn level 3, 7.2): its challenge, origin, relying party, user verification and counter.
 * @throws InvalidCredentialError
 */
export async function verifyAssertion(
  relyingParty: RelyingParty,
  credential: Assertion,
  passkey: PasskeyRow,
  challengeHash: string,
): Promise<Pick<PasskeyRow, 'sign_count' | 'backed_up'>> {
  const [{ verifyAuthenticationResponse }, parse] = await Promise.all([library(), parsers()]);
  return verified(async () => {
    refuseFrames(parse.decodeClientDataJSON(credential.response.clientDataJSON));
    const { userHandle, ...response } = credential.response;
    const { verified: isVerified, authenticationInfo: info } = await verifyAuthenticationResponse({
      response: { ...credential, response },
      expectedChallenge: (challenge) => hashOpaqueToken(challenge) === challengeHash,
      expectedOrigin: relyingParty.origin,
      expectedRPID: relyingParty.id,
      requireUserVerification: true,
      credential: {
        id: passkey.credential_id,
        publicKey: Uint8Array.from(passkey.public_key),
        counter: passkey.sign_count,
      },
    });
    if (!isVerified) throw new Error('the signature is wrong');
    if ((info.credentialDeviceType === 'multiDevice') !== passkey.backup_eligible) {
      throw new Error('the passkey changed whether it can be copied');
    }
    return { sign_count: info.newCounter, backed_up: info.credentialBackedUp };
  });
}

/** The bank's pages are never in a frame of another site. */
function refuseFrames({ crossOrigin }: { crossOrigin?: boolean }): void {
  if (crossOrigin === true) throw new Error('signed in a frame of another site');
}

/** The library throws an error for whatever is wrong in a credential that a client sent. */
async function verified<Result>(verify: () => Promise<Result>): Promise<Result> {
  try {
    return await verify();
  } catch (cause) {
    throw new InvalidCredentialError(cause instanceof Error ? cause.message : 'unreadable', { cause });
  }
}
