import type { SignedIn } from '@guichet/contract/auth';
import { Problem } from '@guichet/errors';
import type { AuthClient } from '../clients/auth.ts';
import { type Session, sessionUser } from './cookie.ts';
import { newCookieId } from './sealed-cookies.ts';

/** The session has ended; the error handler redirects to the sign-in page and then back. */
export class SessionEnded extends Error {
  override readonly name = 'SessionEnded';
}

/** The form was rendered for a session of `userId` that has since ended in this browser. */
export class FormOutlivedSession extends Error {
  override readonly name = 'FormOutlivedSession';
  readonly userId: string;

  constructor(userId: string) {
    super('the form belongs to a session that has ended');
    this.userId = userId;
  }
}

/** Tokens are renewed this long before they expire, so that a page's last call still has a valid one. */
const RENEW_BEFORE_MS = 60_000;

/** Stores a token pair in the session. Its lifetime counts from now, so our clock and auth's may differ. */
function storeTokens(session: Session, pair: SignedIn, nowMs = Date.now()): void {
  session.tokens = {
    access: pair.access_token,
    refresh: pair.refresh_token,
    expiresAtMs: nowMs + pair.expires_in * 1000,
  };
  session.user = sessionUser(pair.user);
  if (pair.user.role !== 'member' && pair.scope === 'profile') session.mustEnrol = true;
  else delete session.mustEnrol;
}

/**
 * Starts the session of a user who has just signed in. The CSRF token is reset, so that one planted before is worthless. `isKept` is the
 * user's choice; `staysSignedIn` says whether it is theirs to make.
 */
export function startSession(session: Session, pair: SignedIn, isKept: boolean): void {
  clearTokens(session);
  storeTokens(session, pair);
  session.id = newCookieId();
  if (isKept) session.isKept = true;
}

/**
 * Signs the session out. The CSRF token goes too, so that forms from before no longer work; it is remembered with its user, so that
 * what they hold isn't lost.
 */
export function clearTokens(session: Session): void {
  if (session.user !== undefined && session.csrf !== undefined)
    session.ended = { csrf: session.csrf, user: session.user.id };
  delete session.tokens;
  delete session.user;
  delete session.mustEnrol;
  delete session.csrf;
  delete session.id;
  delete session.isKept;
}

export function expiresSoon(session: Session, nowMs = Date.now()): boolean {
  return session.tokens !== undefined && session.tokens.expiresAtMs - nowMs < RENEW_BEFORE_MS;
}

/** Renewals by refresh token, shared by concurrent requests and by those that arrive shortly after. */
const renewals = new Map<string, Promise<SignedIn>>();
const SHARED_FOR_MS = 5_000;

/**
 * Exchanges the refresh token for a new pair.
 * @throws SessionEnded if auth rejects it; other errors leave the session as it is
 */
export async function renewTokens(session: Session, auth: AuthClient): Promise<void> {
  const refresh = session.tokens?.refresh;
  if (refresh === undefined) throw new SessionEnded('not signed in');
  let renewal = renewals.get(refresh);
  if (renewal === undefined) {
    renewal = auth.refresh(refresh);
    renewals.set(refresh, renewal);
    const forget = () => renewals.delete(refresh);
    renewal.then(() => setTimeout(forget, SHARED_FOR_MS).unref(), forget);
  }
  try {
    storeTokens(session, await renewal);
  } catch (error) {
    if (error instanceof Problem && (error.status === 401 || error.status === 403)) {
      clearTokens(session);
      throw new SessionEnded(error.code);
    }
    throw error;
  }
}
