import { z } from 'zod';
import { Id, Time } from '../fields.ts';
import { LENGTHS } from '../lengths.ts';
import { plainText, text } from '../text.ts';
import { OpaqueToken } from './fields.ts';

/** Base64url without padding, as WebAuthn's JSON forms carry bytes. */
function bytes(maximum: number) {
  return text(Math.ceil((maximum * 4) / 3)).regex(/^[A-Za-z0-9_-]+$/, 'must be base64url without padding');
}

/** Identifies a passkey to its authenticator; at most 1,023 bytes (WebAuthn level 3, 4). */
const credentialId = bytes(1_023);
const transports = z.array(text(32)).max(10);
const credential = {
  id: credentialId,
  rawId: credentialId,
  type: z.literal('public-key'),
  clientExtensionResults: z.object({}),
};

// Browsers add fields to the two credentials; those that are not read are ignored.

/** A new passkey (WebAuthn level 3, RegistrationResponseJSON). */
const RegistrationCredential = z.object({
  ...credential,
  response: z.object({
    clientDataJSON: bytes(2_048),
    attestationObject: bytes(6_144),
    transports: transports.optional(),
  }),
});
export type RegistrationResponse = z.output<typeof RegistrationCredential>;

/** The signature of a passkey (WebAuthn level 3, AuthenticationResponseJSON). */
const AuthenticationCredential = z.object({
  ...credential,
  response: z.object({
    clientDataJSON: bytes(2_048),
    authenticatorData: bytes(2_048),
    signature: bytes(1_024),
    userHandle: bytes(64).nullish(),
  }),
});
export type Assertion = z.output<typeof AuthenticationCredential>;

export const NewPasskey = z.strictObject({
  name: plainText(LENGTHS.passkeyName),
  credential: RegistrationCredential,
});
export type NewPasskey = z.input<typeof NewPasskey>;

export const PasskeyView = z
  .object({
    id: Id,
    name: z.string(),
    credential_id: z
      .string()
      .meta({ description: 'What browsers and devices call this passkey, in base64url' }),
    created_at: Time,
    last_used_at: Time.nullable(),
  })
  .meta({ id: 'Passkey' });
export type Passkey = z.output<typeof PasskeyView>;

export const NewPasskeyView = PasskeyView.extend({
  recovery_codes: z
    .array(z.string())
    .nullable()
    .meta({ description: 'Shown once, with the first second factor; null if the user has others' }),
}).meta({ id: 'NewPasskey' });
export type CreatedPasskey = z.output<typeof NewPasskeyView>;

const descriptor = z.object({
  id: z.string(),
  type: z.literal('public-key'),
  transports: z.array(z.string()).optional(),
});

/** What navigator.credentials.create() takes (WebAuthn level 3, PublicKeyCredentialCreationOptionsJSON). */
export const PasskeyCreationOptionsView = z
  .object({
    rp: z.object({ id: z.string(), name: z.string() }),
    user: z.object({ id: z.string(), name: z.string(), displayName: z.string() }),
    challenge: z.string(),
    pubKeyCredParams: z.array(z.object({ alg: z.int(), type: z.literal('public-key') })),
    timeout: z.int(),
    excludeCredentials: z.array(descriptor),
    authenticatorSelection: z.object({
      residentKey: z.literal('required'),
      requireResidentKey: z.literal(true),
      userVerification: z.literal('required'),
    }),
    attestation: z.literal('none'),
  })
  .meta({ id: 'PasskeyCreationOptions' });
export type PasskeyCreationOptions = z.output<typeof PasskeyCreationOptionsView>;

/** What navigator.credentials.get() takes (WebAuthn level 3, PublicKeyCredentialRequestOptionsJSON), and the challenge's id. */
export const PasskeyRequestView = z
  .object({
    challenge_id: Id,
    options: z.object({
      rpId: z.string(),
      challenge: z.string(),
      timeout: z.int(),
      userVerification: z.literal('required'),
      /** Empty: any passkey of the bank. */
      allowCredentials: z.array(descriptor),
    }),
  })
  .meta({ id: 'PasskeyRequest' });
export type PasskeyRequest = z.output<typeof PasskeyRequestView>;

export const PasskeySignIn = z.strictObject({
  /** The `sign_in` of the refusal `totp_required`, for the second step of a sign-in. */
  sign_in: OpaqueToken.nullish(),
});
export type PasskeySignIn = z.input<typeof PasskeySignIn>;

export const PasskeyAssertion = z.strictObject({ challenge_id: Id, credential: AuthenticationCredential });
export type PasskeyAssertion = z.input<typeof PasskeyAssertion>;
