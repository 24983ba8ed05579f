import { createHash, randomBytes } from 'node:crypto';

/** An opaque secret: 32 random bytes, base64url. */
export function newOpaqueToken(): string {
  return randomBytes(32).toString('base64url');
}

/** The stored form of such a secret: it has 256 random bits, so a plain SHA-256 in hex is enough. */
export function hashOpaqueToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
