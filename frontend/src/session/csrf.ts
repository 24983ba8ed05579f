import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { Session } from './cookie.ts';

const TOKEN_BYTES = 18;

/** The CSRF token of this session, created with the first form. Each page contains it under another mask, so that no two contain the same text. */
export function csrfToken(session: Session): { token: string; isNew: boolean } {
  const isNew = session.csrf === undefined;
  session.csrf ??= randomBytes(TOKEN_BYTES).toString('base64url');
  const mask = randomBytes(TOKEN_BYTES);
  const masked = xor(Buffer.from(session.csrf, 'base64url'), mask);
  return { token: Buffer.concat([mask, masked]).toString('base64url'), isNew };
}

/** Whether a submitted form has this session's CSRF token, under any mask. */
export function matchesCsrfToken(session: Session, token: string | null): boolean {
  return isMasked(session.csrf, token);
}

/** The user whose session has ended in this browser since the form was rendered for it; null if it is any other form. */
export function userOfEndedForm(session: Session, token: string | null): string | null {
  return session.ended !== undefined && isMasked(session.ended.csrf, token) ? session.ended.user : null;
}

function isMasked(csrf: string | undefined, token: string | null): boolean {
  if (csrf === undefined || token === null) return false;
  const given = Buffer.from(token, 'base64url');
  const expected = Buffer.from(csrf, 'base64url');
  if (expected.length !== TOKEN_BYTES || given.length !== 2 * TOKEN_BYTES) return false;
  return timingSafeEqual(xor(given.subarray(TOKEN_BYTES), given.subarray(0, TOKEN_BYTES)), expected);
}

function xor(text: Buffer, mask: Buffer): Buffer {
  return Buffer.from(text.map((byte, index) => byte ^ (mask[index] ?? 0)));
}

/**
 * Whether a form was sent by a page of this origin. Browsers send Origin with every form, so one without it is refused. `Sec-Fetch-Site` is
 * optional, because browsers only send it to HTTPS and localhost.
 */
export function isFromThisOrigin(
  headers: { origin?: string | undefined; host?: string | undefined; 'sec-fetch-site'?: string | undefined },
  publicUrl: string,
): boolean {
  if (isFromAnotherSite(headers['sec-fetch-site'])) return false;
  const own = new URL(publicUrl).origin;
  if (headers.origin === own) return true;
  // Without TLS the bank runs on someone's own machine, under whatever name they use.
  return own.startsWith('http:') && headers.host !== undefined && headers.origin === `http://${headers.host}`;
}

/** Whether a browser says that a page of another origin caused the request; `none` is the user's own doing. */
export function isFromAnotherSite(secFetchSite: string | undefined): boolean {
  return secFetchSite !== undefined && secFetchSite !== 'same-origin' && secFetchSite !== 'none';
}
