import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { type CookieSettings, cookiePolicy } from './cookie.ts';

/** What was typed into the search and the filters of a list, by filter. */
type Typed = Readonly<Record<string, string>>;

/**
 * Seals what was typed into a search, for the address of its list. Unlike a draft it is in the address and not in a cookie: a browser sends
 * few cookies, so that tabs, Back, Forward and many searches would push each other out.
 */
export interface Searches {
  /** A text for an address that only the same user can open, for the same list, for some hours. */
  seal(user: string, list: string, typed: Typed): string;
  /** What was sealed; null if it is too old, another user's or another list's, or was changed. */
  open(user: string, list: string, sealed: string): Typed | null;
}

/** A working day. */
const TTL_SECONDS = 12 * 3600;
/** Lengths differ in steps of this many bytes, so that an address doesn't reveal how long a name is. */
const PADDING_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export function searchesOf(settings: CookieSettings): Searches {
  const { secrets } = cookiePolicy(settings);
  return {
    seal(user, list, typed) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', keyOf(secrets[0], user, list), nonce);
      const expiresAt = Math.floor(Date.now() / 1000) + TTL_SECONDS;
      const sealed = cipher.update(padded(JSON.stringify([expiresAt, typed])));
      return Buffer.concat([nonce, sealed, cipher.final(), cipher.getAuthTag()]).toString('base64url');
    },
    open(user, list, sealed) {
      for (const secret of secrets) {
        const opened = decrypt(keyOf(secret, user, list), Buffer.from(sealed, 'base64url'));
        if (opened === null) continue;
        const [expiresAt, typed] = JSON.parse(opened) as [number, Typed];
        return expiresAt * 1000 > Date.now() ? typed : null;
      }
      return null;
    },
  };
}

/** A key for each user and list, so that nothing that is sealed for one of them opens for another. */
function keyOf(secret: string, user: string, list: string): Buffer {
  return createHmac('sha256', secret)
    .update(JSON.stringify(['guichet searches', user, list]))
    .digest();
}

function decrypt(key: Buffer, sealed: Buffer): string | null {
  if (sealed.length <= NONCE_BYTES + TAG_BYTES) return null;
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  try {
    const text = decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES));
    return Buffer.concat([text, decipher.final()]).toString('utf8');
  } catch {
    return null;
  }
}

/** JSON may end with blanks. */
function padded(json: string): Buffer {
  const bytes = Buffer.from(json);
  const length = Math.ceil(bytes.length / PADDING_BYTES) * PADDING_BYTES;
  return Buffer.concat([bytes, Buffer.alloc(length - bytes.length, ' ')]);
}
