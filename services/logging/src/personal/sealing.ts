import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import type { PersonalPart } from './rules.ts';

/** The key of one person: 32 random bytes. */
export type PersonKey = Buffer;

/** The same, ready to open many parts. */
export type PersonSecret = KeyObject;

/** The parts of an entry that are about persons, sealed for each of them: `[[id, sealed]]` by rising ids. */
export type SealedParts = readonly (readonly [personId: string, sealed: string])[];

/** The persons about whom an entry has a part; `personal` are its SealedParts as JSON text. */
export function personsIn(personal: string): string[] {
  return (JSON.parse(personal) as SealedParts).map(([id]) => id);
}

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export function secretOf(key: PersonKey): PersonSecret {
  return createSecretKey(key);
}

export function newPersonKey(): PersonKey {
  return randomBytes(KEY_BYTES);
}

/**
 * AES-256-GCM with a random nonce: base64 of nonce, ciphertext and tag. The part can only be opened as that person's in that entry. One key may seal 2^32
 * entries with random nonces (NIST SP 800-38D, 8.3).
 */
export function sealPart(key: PersonKey, entryId: string, personId: string, part: PersonalPart): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', createSecretKey(key), nonce).setAAD(
    boundTo(entryId, personId),
  );
  const sealed = Buffer.concat([nonce, cipher.update(JSON.stringify(part), 'utf8'), cipher.final()]);
  return Buffer.concat([sealed, cipher.getAuthTag()]).toString('base64');
}

/**
 * With a key as bytes Node takes three times as long, which was a third of a verification.
 * @throws Error if the key, the entry, the person or the text is another
 */
export function openPart(key: PersonSecret, entryId: string, personId: string, sealed: string): PersonalPart {
  const bytes = Buffer.from(sealed, 'base64');
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  })
    .setAAD(boundTo(entryId, personId))
    .setAuthTag(bytes.subarray(-TAG_BYTES));
  const text = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
  decipher.final();
  return JSON.parse(text.toString('utf8'));
}

function boundTo(entryId: string, personId: string): Buffer {
  return Buffer.from(`${entryId} ${personId}`);
}
