import type { Language, Role } from '@guichet/contract';
import type { User } from '@guichet/contract/auth';
import type { Context } from 'koa';
import { sealingFor } from './seal.ts';

/** The content of the encrypted cookie; before sign-in it only has a CSRF token and notices. */
export interface Session {
  /** Names the session from sign-in to sign-out. */
  id?: string;
  /** The customer chose to stay signed in on this device. */
  isKept?: true;
  csrf?: string;
  tokens?: { access: string; refresh: string; expiresAtMs: number };
  user?: SessionUser;
  /** An agent or superuser who can only set up a second factor. */
  mustEnrol?: true;
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

const SESSION_TTL_SECONDS = 14 * 24 * 3600;
/** Browsers ignore a larger cookie. */
const COOKIE_BYTES_MAX = 4_096;

/** Reads the session from the cookie; a cookie that can't be decrypted gives an empty session. */
export type OpenSession = (
  ctx: Pick<Context, 'cookies'>,
) => Promise<{ session: Session; save: () => Promise<void> }>;

export interface CookieSettings {
  PUBLIC_URL: string;
  /** The first seals and signs; all of them open. */
  SESSION_SECRET: readonly [current: string, ...older: string[]];
}

/** Names, seals and sets the session cookie. It expires when the browser closes, unless the user stays signed in. */
export function sessionOpener(settings: CookieSettings): OpenSession {
  const { prefix, secure, secrets } = cookiePolicy(settings);
  const sealing = sealingFor<Session>('session', secrets, SESSION_TTL_SECONDS);
  return async ({ cookies }) => {
    const sealed = cookies.get(prefix);
    const session = (sealed === undefined ? null : await sealing.open(sealed)) ?? {};
    return {
      session,
      async save() {
        const value = await sealing.seal(session);
        if (value.length > COOKIE_BYTES_MAX) throw new Error(`a session of ${value.length} bytes`);
        // Koa only sees the ingress's plain HTTP connection, so PUBLIC_URL decides whether the cookie is secure.
        cookies.secure = secure;
        const maxAge = staysSignedIn(session) ? { maxAge: SESSION_TTL_SECONDS * 1000 } : {};
        cookies.set(prefix, value, {
          httpOnly: true,
          secure,
          sameSite: 'lax',
          path: '/',
          overwrite: true,
          ...maxAge,
        });
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
  secrets: CookieSettings['SESSION_SECRET'];
} {
  const secure = isHttps(settings.PUBLIC_URL);
  return {
    // A __Host- cookie can't be set by a subdomain or without TLS; browsers reject the name on plain HTTP.
    prefix: secure ? '__Host-guichet' : 'guichet',
    secure,
    secrets: settings.SESSION_SECRET,
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
