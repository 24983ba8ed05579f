import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { Context } from 'koa';
import { type CookieSettings, cookieNames, cookiePolicy } from './cookie.ts';

/** Up to where a user has read what is new. */
export interface ReadMark {
  /** When they read it. */
  atMs: number;
  /** The last entry of the log that they were shown; 0 if the time alone says it. */
  sequence: number;
}

/**
 * How far the users of one browser have read, each in a signed cookie of their own that outlives the session: what happened in between is new
 * at the next sign-in. It says nothing about the user, not even who it is.
 */
export interface ReadMarks {
  /** Null if there is none, or if it isn't the user's. */
  find(user: string): ReadMark | null;
  keep(user: string, mark: ReadMark): void;
}

export type OpenReadMarks = (ctx: Pick<Context, 'cookies' | 'headers'>) => ReadMarks;

const TTL_MS = 180 * 24 * 3_600_000;
/** More users than share a browser; the oldest mark goes first. */
const COUNT_MAX = 4;

export function readMarksOpener(settings: CookieSettings): OpenReadMarks {
  const { prefix, secure, secrets } = cookiePolicy(settings);
  const start = `${prefix}-read-`;
  const nameOf = (user: string): string =>
    start + createHash('sha256').update(`guichet read ${user}`).digest('base64url').slice(0, 12);

  return ({ cookies, headers }) => {
    // Koa only sees the ingress's plain HTTP connection, so PUBLIC_URL decides whether the cookies are secure.
    cookies.secure = secure;
    const set = (name: string, value: string | null): void => {
      const maxAge = value === null ? {} : { maxAge: TTL_MS };
      cookies.set(name, value, { httpOnly: true, secure, sameSite: 'lax', overwrite: true, ...maxAge });
    };
    return {
      find(user) {
        const [, atMs, sequence, signature] =
          /^(\d{1,15})\.(\d{1,15})\.([\w-]{43})$/.exec(cookies.get(nameOf(user)) ?? '') ?? [];
        if (atMs === undefined || sequence === undefined || signature === undefined) return null;
        const isSigned = secrets.some((secret) => isSame(sign(secret, user, atMs, sequence), signature));
        return isSigned ? { atMs: Number(atMs), sequence: Number(sequence) } : null;
      },
      keep(user, { atMs, sequence }) {
        const name = nameOf(user);
        const signature = sign(secrets[0], user, String(atMs), String(sequence));
        set(name, `${atMs}.${sequence}.${signature}`);
        const others = cookieNames(headers.cookie).filter((one) => one.startsWith(start) && one !== name);
        const newestFirst = others.sort(
          (a, b) => Number.parseInt(cookies.get(b) ?? '', 10) - Number.parseInt(cookies.get(a) ?? '', 10),
        );
        for (const oldest of newestFirst.slice(COUNT_MAX - 1)) set(oldest, null);
      },
    };
  };
}

function sign(secret: string, ...parts: string[]): string {
  const key = createHmac('sha256', secret).update('guichet read marks').digest();
  return createHmac('sha256', key).update(JSON.stringify(parts)).digest('base64url');
}

function isSame(one: string, other: string): boolean {
  return timingSafeEqual(Buffer.from(one), Buffer.from(other));
}
