import { createHmac, randomBytes } from 'node:crypto';
import { sealData, unsealData } from 'iron-session';
import type { PageContext } from '../request-context.ts';
import { type CookieSettings, cookiePolicy } from './cookie.ts';
import { csrfToken } from './csrf.ts';

/**
 * Secrets that a page uses or shows for a while, each in an encrypted cookie of its own for the path of its page, so that no address, history,
 * referrer or extension keeps them, and a reload shows the page without sending its form again. A cookie is named by a random id, which is
 * in the page's address instead: two secrets in two tabs stay apart, and one that was kept before is never used for another.
 */
export interface KeptSecrets {
  /** Keeps a secret for `page`, the first segment of its path, and this session. Returns its id. */
  keep(ctx: PageContext, page: string, secret: string): Promise<string>;
  /** The secret; null if it isn't kept (any more), or was kept for another page or session. */
  find(ctx: PageContext, page: string, id: string): Promise<string | null>;
  drop(ctx: PageContext, page: string, id: string): void;
}

interface Kept {
  id: string;
  page: string;
  /** The CSRF token of the session: a cookie that is planted in another browser, or left by an earlier user, opens nothing. */
  session: string;
  secret: string;
  at: number;
}

/** More tabs with such a page than anyone opens. */
const COUNT_MAX = 4;

/** `purpose` names the cookies and their key, so that a secret of one purpose can never be opened for another. */
export function keptSecrets(
  settings: CookieSettings,
  { purpose, ttlSeconds }: { purpose: string; ttlSeconds: number },
): KeptSecrets {
  const { secure, secrets } = cookiePolicy(settings);
  const sealings = secrets.map((secret) => ({ password: keyFor(purpose, secret), ttl: ttlSeconds }));
  const sealing = sealings[0] as (typeof sealings)[0];
  // Not __Host-, which needs the path of the whole site.
  const nameOf = (id: string): string => `${secure ? '__Secure-' : ''}guichet-${purpose}-${id}`;

  function set({ cookies }: PageContext, page: string, id: string, value: string | null): void {
    // Koa only sees the ingress's plain HTTP connection, so PUBLIC_URL decides whether the cookies are secure.
    cookies.secure = secure;
    cookies.set(nameOf(id), value, {
      httpOnly: true,
      secure,
      // A mail is another site, and a strict cookie wouldn't be sent on the way from there.
      sameSite: 'lax',
      path: `/${page}`,
      overwrite: true,
      ...(value === null ? {} : { maxAge: ttlSeconds * 1000 }),
    });
  }

  async function open({ cookies }: PageContext, id: string): Promise<Kept | null> {
    const sealed = cookies.get(nameOf(id));
    if (sealed === undefined) return null;
    for (const one of sealings) {
      const kept = await unsealData<Partial<Kept>>(sealed, one);
      // The name of a cookie isn't sealed, so the secret names itself.
      if (kept.id === id) return kept as Kept;
    }
    return null;
  }

  return {
    async keep(ctx, page, secret) {
      const others = idsIn(ctx.headers.cookie ?? '', nameOf(''));
      const opened = await Promise.all(
        others.map(async (id) => ({ id, at: (await open(ctx, id))?.at ?? 0 })),
      );
      const oldest = opened.sort((a, b) => b.at - a.at).slice(COUNT_MAX - 1);
      for (const { id } of oldest) set(ctx, page, id, null);
      const id = randomBytes(9).toString('base64url');
      const kept: Kept = { id, page, session: sessionOf(ctx), secret, at: Date.now() };
      set(ctx, page, id, await sealData(kept, sealing));
      return id;
    },
    async find(ctx, page, id) {
      if (!isId(id)) return null;
      const kept = await open(ctx, id);
      return kept !== null && kept.page === page && kept.session === sessionOf(ctx) ? kept.secret : null;
    },
    drop(ctx, page, id) {
      if (isId(id)) set(ctx, page, id, null);
    },
  };
}

/** The CSRF token of the session, which is new after every sign-in and sign-out. */
function sessionOf({ state }: PageContext): string {
  const { isNew } = csrfToken(state.session);
  if (isNew) state.sessionChanged = true;
  return state.session.csrf ?? '';
}

const isId = (text: string): boolean => /^[\w-]{12}$/.test(text);

/** A key of its own, so that such a secret can never be opened as a session. */
function keyFor(purpose: string, secret: string): string {
  return createHmac('sha256', secret).update(`guichet ${purpose}`).digest('base64');
}

function idsIn(header: string, prefix: string): string[] {
  return header
    .split(';')
    .map((pair) => pair.split('=')[0]?.trim() ?? '')
    .filter((name) => name.startsWith(prefix) && isId(name.slice(prefix.length)))
    .map((name) => name.slice(prefix.length));
}
