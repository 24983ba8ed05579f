import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** The longest time for which a service uses auth's answer about an API token. Revocations are kept for as long. */
export const API_TOKEN_CACHE_MS = 5 * 60_000;

const FORM = /^(guichet_[A-Za-z0-9_-]{43})([0-9A-Za-z]{6})$/;
const BASE_62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const CHECKSUM_LENGTH = 6;

/**
 * A personal API token: a prefix by which scanners find leaked ones, 256 random bits in base64url, and a checksum by which they recognize one
 * without asking the bank. docs/api.md describes the format.
 */
export function newApiToken(): string {
  const unchecked = `guichet_${randomBytes(32).toString('base64url')}`;
  return unchecked + checksumOf(unchecked);
}

/** Whether a bearer token has the form of a personal API token, with the right checksum. */
export function isApiToken(token: string): boolean {
  const [, unchecked, checksum] = FORM.exec(token) ?? [];
  return unchecked !== undefined && checksum === checksumOf(unchecked);
}

/** The CRC-32 of the text (ISO-HDLC, as in zip) in base 62, padded with zeros. */
function checksumOf(text: string): string {
  let rest = crc32(text);
  let digits = '';
  while (digits.length < CHECKSUM_LENGTH) {
    digits = BASE_62.charAt(rest % 62) + digits;
    rest = Math.floor(rest / 62);
  }
  return digits;
}
