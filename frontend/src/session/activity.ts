import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Context } from 'koa';
import { type CookieSettings, cookiePolicy, type Session } from './cookie.ts';

/**
 * When the user of a session last did something, in a signed cookie next to the session's. It changes with every page, and a slow
 * response that sent the session itself again would undo what another tab has stored there meanwhile, such as new tokens.
 */
export interface Activity {
  /** How long ago it was; infinite if it isn't known for this session. */
  idleForMs(session: Session): number;
  /** Records that the user does something now. */
  record(session: Session): void;
}

export type OpenActivity = (ctx: Pick<Context, 'cookies'>) => Activity;

export function activityOpener(settings: CookieSettings, now: () => number): OpenActivity {
  const { prefix, secure, secrets } = cookiePolicy(settings);
  const name = `${prefix}-activity`;
  return ({ cookies }) => ({
    idleForMs({ id }) {
      const [, atMs, signature] = /^(\d{1,15})\.([\w-]{43})$/.exec(cookies.get(name) ?? '') ?? [];
      if (id === undefined || atMs === undefined || signature === undefined) return Number.POSITIVE_INFINITY;
      const isSigned = secrets.some((secret) => isSame(sign(secret, id, atMs), signature));
      return isSigned ? now() - Number(atMs) : Number.POSITIVE_INFINITY;
    },
    record({ id }) {
      if (id === undefined) return;
      // Koa only sees the ingress's plain HTTP connection, so PUBLIC_URL decides whether the cookie is secure.
      cookies.secure = secure;
      const atMs = String(now());
      const value = `${atMs}.${sign(secrets[0], id, atMs)}`;
      cookies.set(name, value, { httpOnly: true, secure, sameSite: 'lax', overwrite: true });
    },
  });
}

function sign(secret: string, ...parts: string[]): string {
  const key = createHmac('sha256', secret).update('guichet activity').digest();
  return createHmac('sha256', key).update(JSON.stringify(parts)).digest('base64url');
}

function isSame(one: string, other: string): boolean {
  return timingSafeEqual(Buffer.from(one), Buffer.from(other));
}
