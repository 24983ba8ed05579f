import { REDACTED, withoutCredentials } from './credentials.ts';
import { describeError } from './describe-error.ts';

/** Names of fields whose values are always secrets; case and punctuation are ignored. */
const SECRET_NAME =
  /^(?:code|codes|totp|otp|pin|link|otpauthuri|cookies?|setcookie|authorization|sealingseed|signin|stepup|smtpurl)$|(?:password|passwd|passphrase|secret|token|cookie|authorization|apikey|privatekey|encryptionkey|secretkey|seed|recoverycodes?)$/;

const MAX_DEPTH = 8;
const MAX_FIELDS = 100;

/** A copy of a value to log, without secrets at any depth; errors are described, and deep or large values are cut. */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return withoutCredentials(value);
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Error) return describeError(value);
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (depth >= MAX_DEPTH) return '[too deep]';
  if (Array.isArray(value)) return value.slice(0, MAX_FIELDS).map((item) => redact(item, depth + 1));
  if (typeof (value as { toJSON?: unknown }).toJSON === 'function') return value;
  const copy: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(value).slice(0, MAX_FIELDS)) {
    copy[name] =
      isSecretName(name) && field !== null && field !== undefined ? REDACTED : redact(field, depth + 1);
  }
  return copy;
}

function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name.toLowerCase().replace(/[^a-z]/g, ''));
}
