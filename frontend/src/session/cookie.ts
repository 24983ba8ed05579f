import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Language, Role } from '@guichet/contract';
import type { User } from '@guichet/contract/auth';
import { getIronSession, type IronSession, type SessionOptions } from 'iron-session';

/** The content of the encrypted cookie; before sign-in it only has a CSRF token and notices. */
interface SessionData {
  /** Names the session from sign-in to sign-out. */
  id?: string;
  /** The customer chose to stay signed in on this device. */
  isKept?: true;
  csrf?: string;
  tokens?: { access: string; refresh: string; expiresAtMs: number };
  user?: SessionUser;
  notices?: Notice[];
  /** The CSRF token and the user of the session that ended in this browser, for forms that are still open in a tab. */
  ended?: { csrf: string; user: string };
}

export interface SessionUser {
  id: string;
  username: string;
  name: string;
  /** The name to greet them with. */
  firstName: string;
  role: Role;
  language: Language;
}

/** Shown once, on the next page. `key` is a catalog key under `notices` or `refusals`. */
export interface Notice {
  kind: 'success' | 'refusal' | 'info';
  key: string;
  values?: Record<string, string | number>;
}

export type Session = IronSession<SessionData>;

const SESSION_TTL_SECONDS = 14 * 24 * 3600;

/** Reads the session from the cookie; a cookie that can't be decrypted gives an empty session. */
export type OpenSession = (
  request: IncomingMessage,
  response: ServerResponse,
) => Promise<{ session: Session; save: () => Promise<void> }>;

export interface CookieSettings {
  PUBLIC_URL: string;
  SESSION_SECRET: string;
  SESSION_SECRET_PREVIOUS?: string | undefined;
}

/** Names, seals and sets the session cookie. It expires when the browser closes, unless the user stays signed in. */
export function sessionOpener(settings: CookieSettings): OpenSession {
  const { prefix, secure, secrets } = cookiePolicy(settings);
  const [current, previous] = secrets.map(
    (password): SessionOptions => ({
      cookieName: prefix,
      password,
      ttl: SESSION_TTL_SECONDS,
      cookieOptions: { httpOnly: true, secure, sameSite: 'lax', path: '/', maxAge: undefined },
    }),
  ) as [SessionOptions, SessionOptions | undefined];
  async function open(request: IncomingMessage, response: ServerResponse): Promise<Session> {
    const session = await getIronSession<SessionData>(request, response, current);
    if (previous === undefined || Object.keys(session).length > 0) return session;
    return getIronSession<SessionData>(request, response, previous);
  }
  return async (request, response) => {
    const session = await open(request, response);
    return {
      session,
      async save() {
        const maxAge = staysSignedIn(session) ? SESSION_TTL_SECONDS : undefined;
        session.updateConfig({ ...current, cookieOptions: { ...current.cookieOptions, maxAge } });
        await session.save();
      },
    };
  };
}

/** Whether the session outlives idle times and the browser. Only a customer can choose that: staff share the counter's computers. */
export function staysSignedIn({ isKept, user }: Session): boolean {
  return isKept === true && user?.role === 'member';
}

/** How every sealed cookie is named and sealed. */
export function cookiePolicy(settings: CookieSettings): {
  prefix: string;
  secure: boolean;
  /** The first seals; all of them unseal. A seal doesn't tell which of them made it, so each is tried. */
  secrets: [current: string, ...previous: string[]];
} {
  const secure = isHttps(settings.PUBLIC_URL);
  return {
    // A __Host- cookie can't be set by a subdomain or without TLS; browsers reject the name on plain HTTP.
    prefix: secure ? '__Host-guichet' : 'guichet',
    secure,
    secrets: [
      settings.SESSION_SECRET,
      ...(settings.SESSION_SECRET_PREVIOUS === undefined ? [] : [settings.SESSION_SECRET_PREVIOUS]),
    ],
  };
}

export function isHttps(url: string): boolean {
  return url.startsWith('https:');
}

/** The fields of a user that every page needs. */
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

/** The names in a Cookie header. */
export function cookieNames(header = ''): string[] {
  return header.split(';').map((pair) => pair.split('=')[0]?.trim() ?? '');
}
