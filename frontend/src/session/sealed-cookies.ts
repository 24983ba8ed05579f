import { randomBytes } from 'node:crypto';
import type { Context } from 'koa';
import { type CookieSettings, cookieNames, cookiePolicy } from './cookie.ts';
import { sealingFor } from './seal.ts';

/** Values that one browser keeps for a while, each in an encrypted cookie of its own, so that two tabs never overwrite each other's. */
export interface SealedCookies<Value extends object> {
  /** The ids of the cookies that the browser sent; some may no longer open. */
  ids(): string[];
  /** The value that was kept under this id; null if there is none, or if it is too old or was changed. */
  open(id: string): Promise<Value | null>;
  /** Keeps a value and drops the oldest ones that no longer fit. Returns false, and keeps nothing, if it is too large. */
  keep(id: string, value: Value): Promise<boolean>;
  drop(id: string): void;
}

interface Options {
  /** Names the cookies and their key, so that what is sealed for one purpose never opens for another, nor as a session. */
  purpose: string;
  ttlSeconds: number;
  countMax: number;
  /** The limit for all of them together: a proxy in front may take no more than 8 KiB of cookies, and the session needs two or three. */
  bytesMax: number;
}

interface Stamp {
  id: string;
  at: number;
}

type RequestCookies = Pick<Context, 'cookies' | 'headers'>;

/** An id that can't be guessed, for a cookie's name and for addresses. */
export function newCookieId(): string {
  return randomBytes(9).toString('base64url');
}

/** A cookie's id from a form or an address, or null if it can't be one. */
export function asCookieId(value: unknown): string | null {
  return typeof value === 'string' && /^[\w-]{12}$/.test(value) ? value : null;
}

/** Returns the sealed cookies of a request, for pages under `path`: the browser sends them to no other. */
export function sealedCookies<Value extends object>(
  settings: CookieSettings,
  { purpose, ttlSeconds, countMax, bytesMax }: Options,
): (ctx: RequestCookies, path?: string) => SealedCookies<Value> {
  const { prefix, secure, secrets } = cookiePolicy(settings);
  const sealing = sealingFor<Value & Stamp>(purpose, secrets, ttlSeconds);

  return ({ cookies, headers }, path = '/') => {
    // Koa only sees the ingress's plain HTTP connection, so PUBLIC_URL decides whether the cookies are secure.
    cookies.secure = secure;
    // A __Host- cookie must have the path of the whole site.
    const start = `${path === '/' ? prefix : secure ? '__Secure-guichet' : 'guichet'}-${purpose}-`;

    function ids(): string[] {
      return cookieNames(headers.cookie)
        .filter((name) => name.startsWith(start))
        .map((name) => name.slice(start.length))
        .filter((id) => asCookieId(id) !== null);
    }

    async function open(id: string): Promise<(Value & Stamp) | null> {
      const sealed = asCookieId(id) === null ? undefined : cookies.get(start + id);
      if (sealed === undefined) return null;
      const value = await sealing.open(sealed);
      // The name of a cookie isn't sealed, so the value has its id too.
      return value?.id === id ? value : null;
    }

    function set(id: string, sealed: string | null): void {
      cookies.set(start + id, sealed, {
        httpOnly: true,
        secure,
        // A strict cookie isn't sent when the user comes from another site, such as their mail.
        sameSite: 'lax',
        path,
        overwrite: true,
        ...(sealed === null ? {} : { maxAge: ttlSeconds * 1000 }),
      });
    }

    function drop(id: string): void {
      if (asCookieId(id) !== null) set(id, null);
    }

    return {
      ids,
      open,
      drop,
      async keep(id, value) {
        const sealed = await sealing.seal({ ...value, id, at: Date.now() });
        let bytes = start.length + id.length + sealed.length;
        if (bytes > bytesMax) return false;
        set(id, sealed);
        const others = ids().filter((other) => other !== id);
        const opened = await Promise.all(
          others.map(async (other) => ({ id: other, at: (await open(other))?.at ?? null })),
        );
        for (const { id: unreadable } of opened.filter(({ at }) => at === null)) drop(unreadable);
        const newestFirst = opened
          .filter(({ at }) => at !== null)
          .sort((a, b) => Number(b.at) - Number(a.at));
        newestFirst.forEach((other, index) => {
          bytes += start.length + other.id.length + (cookies.get(start + other.id) ?? '').length;
          if (index + 1 >= countMax || bytes > bytesMax) drop(other.id);
        });
        return true;
      },
    };
  };
}
