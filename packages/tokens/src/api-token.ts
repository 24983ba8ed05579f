/** The prefix of personal API tokens, by which scanners find leaked ones. */
export const API_TOKEN_PREFIX = 'guichet_';

/** The longest time for which a service uses auth's answer about an API token. Revocations are kept for as long. */
export const API_TOKEN_CACHE_MS = 5 * 60_000;

/** Whether a bearer token has the form of a personal API token: the prefix and 256 bits in base64url. */
export function isApiToken(token: string): boolean {
  return /^guichet_[A-Za-z0-9_-]{43}$/.test(token);
}
