import { Problem } from '@guichet/errors';
import type { AuthClient, TokenPair } from '../clients/auth.ts';
import { type Session, sessionUser } from './cookie.ts';

/** Thrown where the visitor's session is over; the error page sends them to sign in, and back. */
export class SessionEnded extends Error {
  override readonly name = 'SessionEnded';
}

/** Renewed this long before it ends, so that a page's last call still finds it good. */
const RENEW_BEFORE_MS = 60_000;

/** Puts what auth handed out into the session. The lifetime counts from now: our clock and auth's need not agree. */
export function storeTokens(session: Session, pair: TokenPair, nowMs = Date.now()): void {
  session.tokens = {
    access: pair.access_token,
    refresh: pair.refresh_token,
    expiresAtMs: nowMs + pair.expires_in * 1000,
  };
  session.user = sessionUser(pair.user);
}

/** Forgets who was signed in; the CSRF token goes too, so that no form of before works after. */
export function clearTokens(session: Session): void {
  delete session.tokens;
  delete session.user;
  delete session.csrf;
}

export function expiresSoon(session: Session, nowMs = Date.now()): boolean {
  return session.tokens !== undefined && session.tokens.expiresAtMs - nowMs < RENEW_BEFORE_MS;
}

/** Renewals by refresh token: requests that a browser sent together share one, also those that come a moment after it. */
const renewals = new Map<string, Promise<TokenPair>>();
const SHARED_FOR_MS = 5_000;

/**
 * Trades the refresh token for a new pair.
 * @throws SessionEnded where auth refuses it; whatever else went wrong stays as it is, and the session too
 */
export async function renewTokens(session: Session, auth: AuthClient): Promise<void> {
  const refresh = session.tokens?.refresh;
  if (refresh === undefined) throw new SessionEnded('nobody is signed in');
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
