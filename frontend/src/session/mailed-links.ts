import { createHmac, randomBytes } from 'node:crypto';
import { sealData, unsealData } from 'iron-session';
import type { Context } from 'koa';
import { type CookieSettings, cookiePolicy } from './cookie.ts';

/**
 * The secrets of mailed links that were opened in this browser, each in an encrypted cookie of its own for the path of its page, so that no
 * address, history, referrer or extension keeps them. A cookie is named by a random id, which is in the page's address instead: two links
 * in two tabs stay apart, and one that was opened before is never used for another.
 */
export interface MailedLinks {
  /** Keeps the secret of a link to `page` for this session. Returns its id; null if the text can't be a secret. */
  keep(ctx: Cookies, page: string, session: string, token: string): Promise<string | null>;
  /** The secret; null if it isn't kept (any more), or was kept for another page or session. */
  find(ctx: Cookies, page: string, session: string, id: string): Promise<string | null>;
  drop(ctx: Cookies, page: string, id: string): void;
}

type Cookies = Pick<Context, 'cookies' | 'headers'>;

interface Kept {
  id: string;
  page: string;
  /** The CSRF token of the session: a cookie that is planted in another browser opens nothing there. */
  session: string;
  token: string;
  at: number;
}

const TTL_SECONDS = 3600;
/** More tabs with mailed links than anyone opens. */
const COUNT_MAX = 4;

export function mailedLinks(settings: CookieSettings): MailedLinks {
  const { secure, secrets } = cookiePolicy(settings);
  const sealings = secrets.map((secret) => ({ password: keyForLinks(secret), ttl: TTL_SECONDS }));
  const sealing = sealings[0] as (typeof sealings)[0];
  // Not __Host-, which needs the path of the whole site.
  const nameOf = (id: string): string => `${secure ? '__Secure-' : ''}guichet-link-${id}`;

  function set({ cookies }: Cookies, page: string, id: string, value: string | null): void {
    // Koa only sees the ingress's plain HTTP connection, so PUBLIC_URL decides whether the cookies are secure.
    cookies.secure = secure;
    cookies.set(nameOf(id), value, {
      httpOnly: true,
      secure,
      // A mail is another site, and a strict cookie wouldn't be sent on the way from there.
      sameSite: 'lax',
      path: `/${page}`,
      overwrite: true,
      ...(value === null ? {} : { maxAge: TTL_SECONDS * 1000 }),
    });
  }

  async function open({ cookies }: Cookies, id: string): Promise<Kept | null> {
    const sealed = cookies.get(nameOf(id));
    if (sealed === undefined) return null;
    for (const one of sealings) {
      const kept = await unsealData<Partial<Kept>>(sealed, one);
      // The name of a cookie isn't sealed, so the link names itself.
      if (kept.id === id) return kept as Kept;
    }
    return null;
  }

  return {
    async keep(ctx, page, session, token) {
      if (!/^[\w-]{1,1024}$/.test(token)) return null;
      const others = idsIn(ctx.headers.cookie ?? '', nameOf(''));
      const opened = await Promise.all(
        others.map(async (id) => ({ id, at: (await open(ctx, id))?.at ?? 0 })),
      );
      const oldest = opened.sort((a, b) => b.at - a.at).slice(COUNT_MAX - 1);
      for (const { id } of oldest) set(ctx, page, id, null);
      const id = randomBytes(9).toString('base64url');
      const kept: Kept = { id, page, session, token, at: Date.now() };
      set(ctx, page, id, await sealData(kept, sealing));
      return id;
    },
    async find(ctx, page, session, id) {
      if (!isId(id)) return null;
      const kept = await open(ctx, id);
      return kept !== null && kept.page === page && kept.session === session ? kept.token : null;
    },
    drop(ctx, page, id) {
      if (isId(id)) set(ctx, page, id, null);
    },
  };
}

const isId = (text: string): boolean => /^[\w-]{12}$/.test(text);

/** A key of its own, so that a link's secret can never be opened as a session. */
function keyForLinks(secret: string): string {
  return createHmac('sha256', secret).update('guichet links').digest('base64');
}

function idsIn(header: string, prefix: string): string[] {
  return header
    .split(';')
    .map((pair) => pair.split('=')[0]?.trim() ?? '')
    .filter((name) => name.startsWith(prefix) && isId(name.slice(prefix.length)))
    .map((name) => name.slice(prefix.length));
}
