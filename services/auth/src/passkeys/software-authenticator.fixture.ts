import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isoCBOR } from '@simplewebauthn/server/helpers';
import { PASSWORD, type TestAuth } from '../fixtures.ts';

/** The flags of authenticator data (WebAuthn level 3, 6.1). */
export const FLAGS = { present: 0x01, verified: 0x04, backupEligible: 0x08, backedUp: 0x10, attested: 0x40 };

interface Key {
  id: Buffer;
  privateKey: KeyObject;
  /** The COSE form of the public key. */
  cose: Buffer;
  userHandle: string;
}

/** What a test changes in an otherwise right credential. */
export interface Tampering {
  origin?: string;
  rpId?: string;
  challenge?: string;
  type?: string;
  flags?: number;
  counter?: number;
  crossOrigin?: boolean;
  userHandle?: string | null;
  /** Signs with the key of another passkey. */
  privateKey?: KeyObject;
}

const sha256 = (data: string | Buffer) => createHash('sha256').update(data).digest();

/**
 * An authenticator in software, with one passkey: it does what WebAuthn level 3 asks of authenticators and browsers for ES256. Its
 * credentials are held to the verification of the library.
 */
export function softwareAuthenticator(origin = 'https://bank.example') {
  const rpId = new URL(origin).hostname;
  let key: Key | null = null;
  let counter = 0;

  const clientData = (type: string, challenge: string, change: Tampering) =>
    Buffer.from(
      JSON.stringify({
        type: change.type ?? type,
        challenge: change.challenge ?? challenge,
        origin: change.origin ?? origin,
        crossOrigin: change.crossOrigin ?? false,
      }),
    );
  function authenticatorData(flags: number, change: Tampering, attested = Buffer.alloc(0)): Buffer {
    const tail = Buffer.alloc(5);
    tail.writeUInt8(change.flags ?? flags, 0);
    tail.writeUInt32BE(change.counter ?? counter, 1);
    return Buffer.concat([sha256(change.rpId ?? rpId), tail, attested]);
  }

  return {
    get privateKey(): KeyObject {
      return (key as Key).privateKey;
    },
    get credentialId(): string {
      return (key as Key).id.toString('base64url');
    },
    get userHandle(): string {
      return (key as Key).userHandle;
    },
    /** A new passkey, as `navigator.credentials.create()` returns it. */
    create(options: { challenge: string; user: { id: string } }, change: Tampering = {}) {
      key = newKey(options.user.id);
      const attested = Buffer.concat([
        Buffer.alloc(16),
        Buffer.from([key.id.length >> 8, key.id.length & 0xff]),
        key.id,
        key.cose,
      ]);
      const flags = FLAGS.present | FLAGS.verified | FLAGS.attested;
      const authData = authenticatorData(flags, change, attested);
      const attestation = new Map<string, string | Uint8Array | Map<string, string>>([
        ['fmt', 'none'],
        ['attStmt', new Map()],
        ['authData', Uint8Array.from(authData)],
      ]);
      const id = key.id.toString('base64url');
      return {
        id,
        rawId: id,
        type: 'public-key' as const,
        clientExtensionResults: { credProps: { rk: true } },
        authenticatorAttachment: 'platform',
        response: {
          clientDataJSON: clientData('webauthn.create', options.challenge, change).toString('base64url'),
          attestationObject: Buffer.from(isoCBOR.encode(attestation)).toString('base64url'),
          transports: ['internal', 'hybrid'],
        },
      };
    },
    /** A signature, as `navigator.credentials.get()` returns it. */
    sign(options: { challenge: string }, change: Tampering = {}) {
      const { id: rawId, privateKey, userHandle } = key as Key;
      counter += 1;
      const data = authenticatorData(FLAGS.present | FLAGS.verified, change);
      const client = clientData('webauthn.get', options.challenge, change);
      const signed = Buffer.concat([data, sha256(client)]);
      const id = rawId.toString('base64url');
      return {
        id,
        rawId: id,
        type: 'public-key' as const,
        clientExtensionResults: {},
        response: {
          clientDataJSON: client.toString('base64url'),
          authenticatorData: data.toString('base64url'),
          signature: sign('sha256', signed, change.privateKey ?? privateKey).toString('base64url'),
          userHandle: change.userHandle === undefined ? userHandle : change.userHandle,
        },
      };
    },
  };
}

export type SoftwareAuthenticator = ReturnType<typeof softwareAuthenticator>;

function newKey(userHandle: string): Key {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  const cose = new Map<number, number | Uint8Array>([
    [1, 2],
    [3, -7],
    [-1, 1],
    [-2, Uint8Array.from(Buffer.from(x, 'base64url'))],
    [-3, Uint8Array.from(Buffer.from(y, 'base64url'))],
  ]);
  return { id: randomBytes(32), privateKey, cose: Buffer.from(isoCBOR.encode(cose)), userHandle };
}

const SOME = { challenge: randomBytes(32).toString('base64url'), user: { id: 'AAAAAAAAcACAAAAAAAAAAA' } };

/** A new passkey for a challenge that the bank never issued. */
export function newCredential() {
  return softwareAuthenticator().create(SOME);
}

/** The signature of such a passkey. */
export function newAssertion() {
  const authenticator = softwareAuthenticator();
  authenticator.create(SOME);
  return authenticator.sign(SOME);
}

/** Adds a passkey for the owner of the token. */
export async function addPasskey(auth: TestAuth, token: string, name = 'Phone') {
  const authenticator = softwareAuthenticator(auth.deps.policy.publicUrl);
  const options = await auth.api.post('/api/auth/passkeys/options', { password: PASSWORD }, { token });
  if (options.status !== 200) throw new Error(`no options: ${options.text}`);
  const added = await auth.api.post(
    '/api/auth/passkeys',
    { name, credential: authenticator.create(options.body) },
    { token },
  );
  if (added.status !== 201) throw new Error(`no passkey: ${added.text}`);
  return { authenticator, passkey: added.body };
}
