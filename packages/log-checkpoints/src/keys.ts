import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';

/** The public half of an Ed25519 key (RFC 8037). */
interface LogJwk {
  readonly kty: 'OKP';
  readonly crv: 'Ed25519';
  readonly x: string;
  readonly kid: string;
  readonly use: 'sig';
  readonly alg: 'EdDSA';
}

export interface LogJwks {
  readonly keys: readonly LogJwk[];
}

/** Public keys by their ids. */
export type PublicKeys = ReadonlyMap<string, KeyObject>;

export interface CheckpointKeys {
  /** Signs new checkpoints. */
  readonly signer: { readonly keyId: string; readonly privateKey: KeyObject };
  /** Every key of the list, also those that no longer sign. */
  readonly published: LogJwks;
}

const KEY_BYTES = 32;
const PUBLIC = 'public:';
/** The bytes before the 32 bytes of a key in its DER form (RFC 8410, 7 and 4). */
const PRIVATE_DER = Buffer.from('302e020100300506032b657004220420', 'hex');
const PUBLIC_DER = Buffer.from('302a300506032b6570032100', 'hex');

/**
 * The keys of a list such as LOG_SIGNING_KEY: the first is a private key and signs, all are published.
 * @throws Error if the list is empty, has no private key at its head, has an item that is not a key, or has a key twice
 */
export function parseSigningKeys(items: readonly string[]): CheckpointKeys {
  const [first] = items;
  if (first === undefined || isRetired(first)) throw new Error('the first key must be a private key');
  const privateKey = toPrivateKey(first);
  const keys = items.map((item) => toJwk(toPublicKey(item)));
  if (new Set(keys.map(({ kid }) => kid)).size < keys.length) throw new Error('must not contain a key twice');
  return { signer: { keyId: (keys[0] as LogJwk).kid, privateKey }, published: { keys } };
}

/** Whether the item of a list is only the public half of a key. */
export function isRetired(item: string): boolean {
  return item.startsWith(PUBLIC);
}

/** A key that no longer signs: its public half, which verifies older signatures. */
export function retiredKey(item: string): string {
  if (isRetired(item)) return item;
  return `${PUBLIC}${rawOf(toPublicKey(item)).toString('base64')}`;
}

/** @throws Error if a key of the set is not an Ed25519 key, or its id is not its thumbprint */
export function publicKeysOf({ keys }: LogJwks): PublicKeys {
  return new Map(
    keys.map((jwk) => {
      const key = createPublicKey({ key: { kty: jwk.kty, crv: jwk.crv, x: jwk.x }, format: 'jwk' });
      if (key.asymmetricKeyType !== 'ed25519' || toJwk(key).kid !== jwk.kid)
        throw new Error(`the key ${jwk.kid} is not an Ed25519 key with this thumbprint`);
      return [jwk.kid, key];
    }),
  );
}

function toJwk(publicKey: KeyObject): LogJwk {
  const x = rawOf(publicKey).toString('base64url');
  // RFC 7638: the required members in lexicographic order.
  const thumbprint = JSON.stringify({ crv: 'Ed25519', kty: 'OKP', x });
  const kid = createHash('sha256').update(thumbprint).digest('base64url');
  return { kty: 'OKP', crv: 'Ed25519', x, kid, use: 'sig', alg: 'EdDSA' };
}

function toPrivateKey(item: string): KeyObject {
  const key = Buffer.concat([PRIVATE_DER, bytesOf(item)]);
  return createPrivateKey({ key, format: 'der', type: 'pkcs8' });
}

function toPublicKey(item: string): KeyObject {
  if (!isRetired(item)) return createPublicKey(toPrivateKey(item));
  const key = Buffer.concat([PUBLIC_DER, bytesOf(item.slice(PUBLIC.length))]);
  return createPublicKey({ key, format: 'der', type: 'spki' });
}

function rawOf(publicKey: KeyObject): Buffer {
  return publicKey.export({ format: 'der', type: 'spki' }).subarray(PUBLIC_DER.length);
}

function bytesOf(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length !== KEY_BYTES || bytes.toString('base64') !== text)
    throw new Error('must be a list of keys of 32 bytes in base64');
  return bytes;
}
