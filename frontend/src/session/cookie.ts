import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Role } from '@guichet/contract';
import { getIronSession, type IronSession, type SessionOptions } from 'iron-session';
import type { User } from '../clients/auth.ts';

/** What the encrypted cookie holds; a visitor who has not signed in has only a CSRF token and a language. */
export interface SessionData {
  csrf?: string;
  tokens?: { access: string; refresh: string; expiresAtMs: number };
  user?: SessionUser;
  notices?: Notice[];
}

export interface SessionUser {
  id: string;
  username: string;
  name: string;
  /** What to call them to their face. */
  firstName: string;
  role: Role;
  language: 'en' | 'fr';
}

/** Told once, on the next page that is shown. `key` is a translation under `notices` or `refusals`. */
export interface Notice {
  kind: 'success' | 'refusal' | 'info';
  key: string;
  values?: Record<string, string | number>;
}

export type Session = IronSession<SessionData>;

const SESSION_TTL_SECONDS = 14 * 24 * 3600;

/** Reads the cookie of a request; a cookie that does not open is an empty session. */
export type OpenSession = (request: IncomingMessage, response: ServerResponse) => Promise<Session>;

export interface CookieSettings {
  PUBLIC_URL: string;
  SESSION_SECRET: string;
  SESSION_SECRET_PREVIOUS?: string | undefined;
}

/** How this bank's session cookie is named, sealed and sent. It ends with the browser. */
export function sessionOpener(settings: CookieSettings): OpenSession {
  const secure = isHttps(settings.PUBLIC_URL);
  const options: SessionOptions = {
    // A __Host- cookie can be set neither by a subdomain nor without TLS; a browser refuses the name on plain HTTP.
    cookieName: secure ? '__Host-guichet' : 'guichet',
    // The highest number seals; all open.
    password: {
      2: settings.SESSION_SECRET,
      ...(settings.SESSION_SECRET_PREVIOUS === undefined ? {} : { 1: settings.SESSION_SECRET_PREVIOUS }),
    },
    ttl: SESSION_TTL_SECONDS,
    cookieOptions: { httpOnly: true, secure, sameSite: 'lax', path: '/', maxAge: undefined },
  };
  return (request, response) => getIronSession<SessionData>(request, response, options);
}

export function isHttps(url: string): boolean {
  return url.startsWith('https:');
}

/** The part of a user that pages need at hand on every view. */
export function sessionUser(user: User): SessionUser {
  const name = [user.first_name, user.last_name].filter(Boolean).join(' ');
  return {
    id: user.id,
    username: user.username,
    name: name || user.username,
    firstName: user.first_name ?? user.username,
    role: user.role,
    language: user.language,
  };
}
