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
import { SERVICES, type ServiceName } from '@guichet/contract';
import { READERS, SENDERS, topicOf } from '@guichet/contract/events';
import type { EventKeys } from './event-keys.ts';

// docs/event-sealing.md specifies the format, with test vectors. It is the construction of RFC 9180 (HPKE, auth mode) and not the RFC itself, because @hpke/core
// costs at least 26 µs more to seal an event, and as much to open it.
// Subject and message id are the additional data: a message that is moved to another subject, or given another id, cannot be opened.
// A process uses one ephemeral key for many messages, because the curve costs more than everything else.
const MAGIC = Buffer.from('GS2');
const HEAD_BYTES = MAGIC.length + 2;
const BOX_HEAD_BYTES = 5;
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const MESSAGES_PER_KEY = 2 ** 24;

interface SealableMessage {
  readonly id: string;
  readonly subject: string;
  readonly payload: Uint8Array;
}

interface SealedMessage {
  readonly id: string;
  readonly subject: string;
  readonly data: Uint8Array;
}

/** Seals messages to their readers in the name of one service, and opens messages that were sealed to it. */
export interface Envelope {
  seal(message: SealableMessage): Buffer;
  /** @throws Error if the bytes were changed, or not sealed to this service by one that may publish on the subject */
  open(message: SealedMessage): { data: Buffer; sender: ServiceName };
}

/** A new key pair: raw X25519 keys (RFC 7748) in base64url. */
export function generateSealingKeys(): { publicKey: string; secretKey: string } {
  const { privateKey } = generateKeyPairSync('x25519');
  const { d, x } = privateKey.export({ format: 'jwk' });
  return { publicKey: x as string, secretKey: d as string };
}

/** Whether the bytes are in sealed form. */
export function isSealed(data: Uint8Array): boolean {
  return Buffer.from(data.buffer, data.byteOffset, Math.min(MAGIC.length, data.byteLength)).equals(MAGIC);
}

/** The envelope of the service `name`. Of several keys the first seals, and all open, so that keys can be rotated. */
export function createEnvelope(name: ServiceName, keys: EventKeys): Envelope {
  const secrets = keys.secretKeys.map(importSecret);
  const publics = Object.fromEntries(
    SERVICES.map((party) => [party, keys.publicKeys[party].map(importPublic)]),
  ) as Record<ServiceName, KeyObject[]>;
  const sealers = new Map<ServiceName, BoxSealer>();
  const openers = new Map<string, KeyObject>();
  const own = secrets[0];
  if (own === undefined) throw new Error('a service needs a secret key of its own');
  const missing = SERVICES.filter((party) => publics[party].length === 0);
  if (missing.length > 0) throw new Error(`there is no public key of ${missing.join(', ')}`);

  function sealerFor(reader: ServiceName): BoxSealer {
    let sealer = sealers.get(reader);
    if (sealer === undefined) {
      sealer = createBoxSealer(own as KeyObject, publics[reader][0] as KeyObject);
      sealers.set(reader, sealer);
    }
    return sealer;
  }

  function openBox(box: Buffer, sender: ServiceName, additional: Buffer): Buffer {
    const ephemeral = box.subarray(0, KEY_BYTES);
    const cached = openers.get(`${sender} ${ephemeral.toString('base64url')}`);
    if (cached !== undefined) return decrypt(box, cached, additional);
    for (const secret of secrets) {
      for (const senderKey of publics[sender]) {
        const key = createSecretKey(keyForReader(secret, senderKey, ephemeral));
        try {
          const plain = decrypt(box, key, additional);
          if (openers.size >= 1_000) openers.clear();
          openers.set(`${sender} ${ephemeral.toString('base64url')}`, key);
          return plain;
        } catch {
          // Another key in the lists may match.
        }
      }
    }
    throw new Error(`the message was not sealed to ${name} by ${sender}, or was changed since`);
  }

  return {
    seal({ id, subject, payload }) {
      const topic = topicOf(subject);
      if (!SENDERS[topic].includes(name)) throw new Error(`${name} may not publish on ${subject}`);
      const readers = READERS[topic];
      const additional = additionalData(subject, id);
      const parts: Buffer[] = [MAGIC, Buffer.from([SERVICES.indexOf(name), readers.length])];
      for (const reader of readers) {
        const box = sealerFor(reader)(payload, additional);
        const head = Buffer.alloc(BOX_HEAD_BYTES);
        head.writeUInt8(SERVICES.indexOf(reader), 0);
        head.writeUInt32BE(box.length, 1);
        parts.push(head, box);
      }
      return Buffer.concat(parts);
    },

    open({ id, subject, data }) {
      const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
      if (!isSealed(bytes) || bytes.length < HEAD_BYTES) throw new Error('the message is not sealed');
      const sender = SERVICES[bytes[MAGIC.length] ?? 0xff];
      if (sender === undefined || !SENDERS[topicOf(subject)].includes(sender))
        throw new Error('the message names a sender that may not publish on its subject');
      const box = boxOf(bytes, name);
      if (box === null) throw new Error(`the message is not sealed to ${name}`);
      return { data: openBox(box, sender, additionalData(subject, id)), sender };
    },
  };
}

type BoxSealer = (plain: Uint8Array, additional: Buffer) => Buffer;

/** The nonce is a counter. It never repeats with the same key, because only this sealer uses the key. */
function createBoxSealer(own: KeyObject, reader: KeyObject): BoxSealer {
  let remaining = 0;
  let ephemeral: Buffer = Buffer.alloc(0);
  let key: KeyObject = createSecretKey(Buffer.alloc(KEY_BYTES));

  function renewKey(): void {
    const pair = generateKeyPairSync('x25519');
    ephemeral = rawOf(pair.publicKey);
    const shared = Buffer.concat([
      diffieHellman({ privateKey: pair.privateKey, publicKey: reader }),
      diffieHellman({ privateKey: own, publicKey: reader }),
    ]);
    key = createSecretKey(deriveKey(shared, ephemeral, rawOf(reader), rawOf(createPublicKey(own))));
    remaining = MESSAGES_PER_KEY;
  }

  return (plain, additional) => {
    if (remaining === 0) renewKey();
    remaining -= 1;
    const nonce = Buffer.alloc(NONCE_BYTES);
    nonce.writeUInt32BE(remaining, 8);
    const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(additional);
    return Buffer.concat([ephemeral, nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  };
}

function keyForReader(secret: KeyObject, sender: KeyObject, ephemeral: Buffer): Buffer {
  const shared = Buffer.concat([
    diffieHellman({ privateKey: secret, publicKey: importPublic(ephemeral.toString('base64url')) }),
    diffieHellman({ privateKey: secret, publicKey: sender }),
  ]);
  return deriveKey(shared, ephemeral, rawOf(createPublicKey(secret)), rawOf(sender));
}

function deriveKey(shared: Buffer, ephemeral: Buffer, reader: Buffer, sender: Buffer): Buffer {
  return Buffer.from(
    hkdfSync('sha256', shared, Buffer.concat([ephemeral, reader, sender]), 'guichet event seal 2', KEY_BYTES),
  );
}

/** @throws Error if the box was sealed with another key, or was changed */
function decrypt(box: Buffer, key: KeyObject, additional: Buffer): Buffer {
  const nonce = box.subarray(KEY_BYTES, KEY_BYTES + NONCE_BYTES);
  const decipher = createDecipheriv('aes-256-gcm', key, nonce).setAAD(additional);
  decipher.setAuthTag(box.subarray(-TAG_BYTES));
  return Buffer.concat([
    decipher.update(box.subarray(KEY_BYTES + NONCE_BYTES, -TAG_BYTES)),
    decipher.final(),
  ]);
}

/** The box of one reader; null if there is none, or the bytes are cut short. */
function boxOf(bytes: Buffer, reader: ServiceName): Buffer | null {
  let at = HEAD_BYTES;
  for (let count = bytes[MAGIC.length + 1] ?? 0; count > 0; count -= 1) {
    if (bytes.length < at + BOX_HEAD_BYTES) return null;
    const length = bytes.readUInt32BE(at + 1);
    const box = bytes.subarray(at + BOX_HEAD_BYTES, at + BOX_HEAD_BYTES + length);
    if (box.length < length || length < KEY_BYTES + NONCE_BYTES + TAG_BYTES) return null;
    if (SERVICES[bytes[at] ?? 0xff] === reader) return box;
    at += BOX_HEAD_BYTES + length;
  }
  return null;
}

function additionalData(subject: string, id: string): Buffer {
  return Buffer.from(`${subject}\0${id}`);
}

function rawOf(publicKey: KeyObject): Buffer {
  return Buffer.from(publicKey.export({ format: 'jwk' }).x as string, 'base64url');
}

function importPublic(key: string): KeyObject {
  if (Buffer.from(key, 'base64url').length !== KEY_BYTES)
    throw new Error('a public key is 32 bytes in base64url');
  return createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x: key }, format: 'jwk' });
}

// PKCS #8 of a raw X25519 private key (RFC 8410, section 7): a fixed prefix and the 32 bytes.
const PKCS8_X25519 = Buffer.from('302e020100300506032b656e04220420', 'hex');

function importSecret(secretKey: string): KeyObject {
  const raw = Buffer.from(secretKey, 'base64url');
  if (raw.length !== KEY_BYTES) throw new Error('a secret key is 32 bytes in base64url');
  return createPrivateKey({ key: Buffer.concat([PKCS8_X25519, raw]), format: 'der', type: 'pkcs8' });
}
