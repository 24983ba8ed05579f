import type { PageContext } from '../request-context.ts';
import type { CookieSettings } from './cookie.ts';
import { csrfToken } from './csrf.ts';
import { newCookieId, sealedCookies } from './sealed-cookies.ts';

/**
 * Secrets that a page uses or shows for a while, each in a sealed cookie for the path of its page, so that no address, history, referrer or
 * extension keeps them, and a reload shows the page without sending its form again. The page's address has the cookie's random id instead:
 * two secrets in two tabs stay apart, and one that was kept before is never used for another.
 */
export interface KeptSecrets {
  /** Keeps a secret for `page`, the first segment of its path, and this session. Returns its id. */
  keep(ctx: PageContext, page: string, secret: string): Promise<string>;
  /** The secret; null if it isn't kept (any more), or was kept for another page or session. */
  find(ctx: PageContext, page: string, id: string): Promise<string | null>;
  drop(ctx: PageContext, page: string, id: string): void;
}

interface Kept {
  page: string;
  /** The CSRF token of the session: a cookie that is planted in another browser, or left by an earlier user, opens nothing. */
  session: string;
  secret: string;
}

/** More tabs with such a page than anyone opens. */
const COUNT_MAX = 4;
const BYTES_MAX = 4_000;

/** A secret of one `purpose` can never be opened for another. */
export function keptSecrets(
  settings: CookieSettings,
  { purpose, ttlSeconds }: { purpose: string; ttlSeconds: number },
): KeptSecrets {
  const limits = { purpose, ttlSeconds, countMax: COUNT_MAX, bytesMax: BYTES_MAX };
  const openCookies = sealedCookies<Kept>(settings, limits);
  return {
    async keep(ctx, page, secret) {
      const id = newCookieId();
      const kept: Kept = { page, session: sessionOf(ctx), secret };
      if (!(await openCookies(ctx, `/${page}`).keep(id, kept))) throw new Error('the secret is too large');
      return id;
    },
    async find(ctx, page, id) {
      const kept = await openCookies(ctx, `/${page}`).open(id);
      return kept !== null && kept.page === page && kept.session === sessionOf(ctx) ? kept.secret : null;
    },
    drop(ctx, page, id) {
      openCookies(ctx, `/${page}`).drop(id);
    },
  };
}

/** The CSRF token of the session, which is new after every sign-in and sign-out. */
function sessionOf({ state }: PageContext): string {
  const { isNew } = csrfToken(state.session);
  if (isNew) state.sessionChanged = true;
  return state.session.csrf ?? '';
}
