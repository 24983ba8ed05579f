import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { Session } from './cookie.ts';

/** The CSRF token of this session, created with the first form. */
export function csrfToken(session: Session): { token: string; isNew: boolean } {
  const isNew = session.csrf === undefined;
  session.csrf ??= randomBytes(18).toString('base64url');
  return { token: session.csrf, isNew };
}

/** Whether a submitted form has this session's CSRF token. */
export function matchesCsrfToken(session: Session, token: string | null): boolean {
  if (session.csrf === undefined || token === null) return false;
  const expected = Buffer.from(session.csrf);
  const given = Buffer.from(token);
  return expected.length === given.length && timingSafeEqual(expected, given);
}

/**
 * Whether the browser reports a cross-site request. Browsers send Sec-Fetch-Site with every request; other clients don't, so only
 * the CSRF token stops them.
 */
export function isCrossSite(headers: { 'sec-fetch-site'?: string | undefined }): boolean {
  const site = headers['sec-fetch-site'];
  return site !== undefined && site !== 'same-origin' && site !== 'none';
}
