import { createHash, randomBytes } from 'node:crypto';

/** A secret that means nothing by itself: 32 random bytes, base64url. */
export function newOpaqueToken(): string {
  return randomBytes(32).toString('base64url');
}

/** How such a secret is stored: it has 256 bits of its own, so a plain SHA-256 in hex is enough. */
export function hashOpaqueToken(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
