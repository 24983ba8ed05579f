import { createHmac, timingSafeEqual } from 'node:crypto';

const PERIOD_SECONDS = 30;
const DIGITS = 6;
/** Codes of the period before and after are taken too: clocks differ, and people type slowly (RFC 6238, 5.2). */
const DRIFT_STEPS = 1;
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** Unpadded base32 (RFC 4648, 6), as authenticator apps read secrets. */
export function toBase32(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let value = 0;
  for (const byte of bytes) {
    value = (value << 8) | byte;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += BASE32[(value >>> bits) & 31];
    }
    value &= (1 << bits) - 1;
  }
  return bits === 0 ? text : text + BASE32[(value << (5 - bits)) & 31];
}

/** The bytes behind base32 text; case and padding do not matter. */
export function fromBase32(text: string): Buffer {
  const bytes: number[] = [];
  let bits = 0;
  let value = 0;
  for (const letter of text.toUpperCase().replace(/=+$/, '')) {
    value = (value << 5) | BASE32.indexOf(letter);
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes.push((value >>> bits) & 255);
    }
    value &= (1 << bits) - 1;
  }
  return Buffer.from(bytes);
}

/** The number of the half-minute that holds `at`. */
export function totpStep(at: Date): number {
  return Math.floor(at.getTime() / 1000 / PERIOD_SECONDS);
}

/** The code of one half-minute (RFC 6238 over RFC 4226, HMAC-SHA-1, six digits). */
export function totpCode(secret: string, step: number): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac('sha1', fromBase32(secret)).update(counter).digest();
  const offset = (mac[mac.length - 1] ?? 0) & 15;
  const number = mac.readUInt32BE(offset) & 0x7fffffff;
  return String(number % 10 ** DIGITS).padStart(DIGITS, '0');
}

/**
 * The half-minute whose code this is, or null. Steps up to `lastStep` are used up: a code is taken once, and none older than it.
 * Spaces in what was typed do not matter: apps show a code as two groups of three.
 */
export function acceptedStep(
  secret: string,
  typed: string,
  at: Date,
  lastStep: number | null,
): number | null {
  const code = typed.replace(/\s/g, '');
  if (!/^[0-9]{6}$/.test(code)) return null;
  const now = totpStep(at);
  for (let step = now - DRIFT_STEPS; step <= now + DRIFT_STEPS; step += 1) {
    if (lastStep !== null && step <= lastStep) continue;
    if (timingSafeEqual(Buffer.from(totpCode(secret, step)), Buffer.from(code))) return step;
  }
  return null;
}

/** What an authenticator app reads from a QR code (Google's key URI format). */
export function otpauthUri(secret: string, username: string): string {
  const label = `Guichet:${encodeURIComponent(username)}`;
  return `otpauth://totp/${label}?secret=${secret}&issuer=Guichet&algorithm=SHA1&digits=${DIGITS}&period=${PERIOD_SECONDS}`;
}

/** Recovery codes are typed from paper: case, spaces and dashes do not matter. */
export function normalizeRecoveryCode(typed: string): string {
  return typed.toUpperCase().replace(/[\s-]/g, '');
}

/** 80 bits as four groups of four letters. */
export function formatRecoveryCode(bytes: Uint8Array): string {
  return (toBase32(bytes).match(/.{4}/g) ?? []).join('-');
}
