import { createHash } from 'node:crypto';

/** Settings whose value is a secret. A hash of a weak one could be guessed, so it is no part of a fingerprint. */
const SECRET = /PASSWORD$|SECRET|_KEY$|_HEADERS$|^SMTP_URL$/;

export function isSecretSetting(name: string): boolean {
  return SECRET.test(name);
}

/** Amounts are read as bigints, which JSON has no form for. */
const writeBigInt = (_: string, value: unknown) => (typeof value === 'bigint' ? String(value) : value);

/**
 * Distinguishes the configurations of a process without revealing them: SHA-256, in hex, of its settings without the secrets, as JSON with sorted names.
 */
export function fingerprintSettings(settings: object): string {
  const open = Object.entries(settings)
    .filter(([name, value]) => value !== undefined && !isSecretSetting(name))
    .sort(([one], [other]) => (one < other ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(open, writeBigInt)).digest('hex');
}
