import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { Session } from './cookie.ts';

/** The token that every form of this session carries; made when the first form is drawn. */
export function csrfToken(session: Session): { token: string; isNew: boolean } {
  const isNew = session.csrf === undefined;
  session.csrf ??= randomBytes(18).toString('base64url');
  return { token: session.csrf, isNew };
}

/** Whether a form that came back is one of this session's. */
export function matchesCsrfToken(session: Session, token: string | null): boolean {
  if (session.csrf === undefined || token === null) return false;
  const expected = Buffer.from(session.csrf);
  const given = Buffer.from(token);
  return expected.length === given.length && timingSafeEqual(expected, given);
}

/**
 * Whether the browser itself says that the request comes from elsewhere. Browsers send Sec-Fetch-Site with every
 * request; a client that is no browser sends neither header and is held by the token alone.
 */
export function isCrossSite(headers: { 'sec-fetch-site'?: string | undefined }): boolean {
  const site = headers['sec-fetch-site'];
  return site !== undefined && site !== 'same-origin' && site !== 'none';
}
