import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
} from 'node:crypto';

// Sealed form: "GS1" ‖ sender's ephemeral public key (32) ‖ nonce (12) ‖ AES-256-GCM ciphertext ‖ tag (16).
// The AES key is HKDF-SHA-256 of the X25519 shared secret, with both public keys as salt: the construction of RFC 9180 (HPKE,
// base mode), with one ephemeral key for many messages of a process, for the curve costs more than all the rest.
const MAGIC = Buffer.from('GS1');
const HEADER_BYTES = MAGIC.length + 32 + 12;
const TAG_BYTES = 16;

/** Encrypts so that only the holder of the secret key can read. */
export type Sealer = (plain: Buffer) => Buffer;
/** @throws Error where the bytes were not sealed for this key, or were changed since */
export type Opener = (sealed: Buffer) => Buffer;

/** A new key pair: raw X25519 keys (RFC 7748) in base64url. The secret one is the log service's alone. */
export function generateSealingKeys(): { publicKey: string; secretKey: string } {
  const { privateKey } = generateKeyPairSync('x25519');
  const { d, x } = privateKey.export({ format: 'jwk' });
  return { publicKey: x as string, secretKey: d as string };
}

/** The public half of `secretKey`, both in base64url. */
export function publicKeyOf(secretKey: string): string {
  return createPublicKey(importSecret(secretKey)).export({ format: 'jwk' }).x as string;
}

/** Seals for `recipient` (base64url). The nonce is a count under a key that is this sealer's alone, and so never comes twice. */
export function createSealer(recipient: string): Sealer {
  const recipientKey = createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x: recipient }, format: 'jwk' });
  const recipientRaw = Buffer.from(recipient, 'base64url');
  let remaining = 0;
  let senderRaw: Buffer = Buffer.alloc(0);
  let key: KeyObject = createSecretKey(Buffer.alloc(32));

  function renewKey(): void {
    const { privateKey, publicKey } = generateKeyPairSync('x25519');
    senderRaw = Buffer.from(publicKey.export({ format: 'jwk' }).x as string, 'base64url');
    key = createSecretKey(deriveKey(privateKey, recipientKey, senderRaw, recipientRaw));
    remaining = 2 ** 24;
  }

  return (plain) => {
    if (remaining === 0) renewKey();
    remaining -= 1;
    const nonce = Buffer.alloc(12);
    nonce.writeUInt32BE(remaining, 8);
    const cipher = createCipheriv('aes-256-gcm', key, nonce);
    return Buffer.concat([
      MAGIC,
      senderRaw,
      nonce,
      cipher.update(plain),
      cipher.final(),
      cipher.getAuthTag(),
    ]);
  };
}

/** Opens what was sealed for the public half of `secretKey` (base64url). */
export function createOpener(secretKey: string): Opener {
  const privateKey = importSecret(secretKey);
  const recipientRaw = Buffer.from(
    createPublicKey(privateKey).export({ format: 'jwk' }).x as string,
    'base64url',
  );
  const keyBySender = new Map<string, Buffer>();

  function keyFor(senderRaw: Buffer): Buffer {
    const name = senderRaw.toString('base64url');
    const known = keyBySender.get(name);
    if (known !== undefined) return known;
    const sender = createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x: name }, format: 'jwk' });
    const key = deriveKey(privateKey, sender, senderRaw, recipientRaw);
    if (keyBySender.size >= 1_000) keyBySender.clear();
    keyBySender.set(name, key);
    return key;
  }

  return (sealed) => {
    if (sealed.length < HEADER_BYTES + TAG_BYTES || !sealed.subarray(0, MAGIC.length).equals(MAGIC)) {
      throw new Error('these bytes were not sealed');
    }
    const senderRaw = sealed.subarray(MAGIC.length, MAGIC.length + 32);
    const nonce = sealed.subarray(MAGIC.length + 32, HEADER_BYTES);
    const decipher = createDecipheriv('aes-256-gcm', keyFor(senderRaw), nonce);
    decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
    return Buffer.concat([decipher.update(sealed.subarray(HEADER_BYTES, -TAG_BYTES)), decipher.final()]);
  };
}

function deriveKey(own: KeyObject, other: KeyObject, senderRaw: Buffer, recipientRaw: Buffer): Buffer {
  const shared = diffieHellman({ privateKey: own, publicKey: other });
  return Buffer.from(
    hkdfSync('sha256', shared, Buffer.concat([senderRaw, recipientRaw]), 'guichet log seal 1', 32),
  );
}

// PKCS #8 of a raw X25519 private key (RFC 8410, section 7): a fixed prefix and the 32 bytes.
const PKCS8_X25519 = Buffer.from('302e020100300506032b656e04220420', 'hex');

function importSecret(secretKey: string): KeyObject {
  const raw = Buffer.from(secretKey, 'base64url');
  if (raw.length !== 32) throw new Error('a sealing secret is 32 bytes in base64url');
  return createPrivateKey({ key: Buffer.concat([PKCS8_X25519, raw]), format: 'der', type: 'pkcs8' });
}
