import { HOTP, Secret, TOTP } from 'otpauth';

const PERIOD_SECONDS = 30;
/** SHA-1 and six digits: the only parameters that every authenticator app supports. */
const CODE = { algorithm: 'SHA1', digits: 6 };
/** Codes of the period before and after are accepted too, because clocks differ and people type slowly (RFC 6238, 5.2). */
const DRIFT_STEPS = 1;

/** Unpadded base32 (RFC 4648, 6), as authenticator apps read secrets. */
export function toBase32(bytes: Uint8Array): string {
  return new Secret({ buffer: Uint8Array.from(bytes).buffer }).base32;
}

/** The number of the 30-second period that contains `at`. */
export function totpStep(at: Date): number {
  return TOTP.counter({ period: PERIOD_SECONDS, timestamp: at.getTime() });
}

/** The code of one period (RFC 6238 over RFC 4226). */
export function totpCode(secret: string, step: number): string {
  return HOTP.generate({ ...CODE, secret: Secret.fromBase32(secret), counter: step });
}

/**
 * The period whose code this is, or null. Steps up to `lastStep` are used up: a code is accepted once, and no older one after it.
 * Spaces are ignored, because apps show a code as two groups of three.
 */
export function acceptedStep(
  secret: string,
  typed: string,
  at: Date,
  lastStep: number | null,
): number | null {
  const token = typed.replace(/\s/g, '');
  if (!/^[0-9]{6}$/.test(token)) return null;
  const now = totpStep(at);
  const key = Secret.fromBase32(secret);
  // Not the library's own window: it would find a used step first where two steps happen to have the same code.
  for (let step = now - DRIFT_STEPS; step <= now + DRIFT_STEPS; step += 1) {
    if (lastStep !== null && step <= lastStep) continue;
    if (HOTP.validate({ ...CODE, token, secret: key, counter: step, window: 0 }) !== null) return step;
  }
  return null;
}

/** What an authenticator app reads from a QR code (Google's key URI format). */
export function otpauthUri(secret: string, username: string): string {
  return new TOTP({ ...CODE, issuer: 'Guichet', label: username, secret, period: PERIOD_SECONDS }).toString();
}

/** Recovery codes are typed from paper: case, spaces and dashes are ignored. */
export function normalizeRecoveryCode(typed: string): string {
  return typed.toUpperCase().replace(/[\s-]/g, '');
}

/** 120 bits as six groups of four letters. */
export function formatRecoveryCode(bytes: Uint8Array): string {
  return (toBase32(bytes).match(/.{4}/g) ?? []).join('-');
}
