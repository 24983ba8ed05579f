import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Role } from '@guichet/contract';
import { Problem, problems } from '@guichet/errors';
import { isPassive, type PageContext, type PageMiddleware } from '../request-context.ts';
import type { Notice, SessionUser } from '../session/cookie.ts';
import { csrfToken } from '../session/csrf.ts';
import { renewTokens, SessionEnded } from '../session/tokens.ts';
import { chosenTheme } from '../theme.ts';
import { navigationFor } from './navigation.ts';
import { safeNext } from './next-path.ts';

/** Renders a view with what every page needs: the user, notices, CSRF token and navigation. */
export function render(ctx: PageContext, view: string, data: Record<string, unknown> = {}): void {
  const state = ctx.state;
  const { token, isNew } = csrfToken(state.session);
  if (isNew) state.sessionChanged = true;
  if (state.session.notices !== undefined) {
    delete state.session.notices;
    state.sessionChanged = true;
  }
  const user = state.session.user ?? null;
  ctx.type = 'html';
  ctx.body = state.views.render(state.locale, view, {
    ...data,
    user,
    csrf: token,
    theme: chosenTheme(ctx),
    path: ctx.path,
    returnTo: returnPath(ctx),
    idleInMs: state.idleInMs,
    query: ctx.query,
    notices: state.notices.map((notice) => ({ ...notice, text: noticeText(ctx, notice) })),
    missing: [...state.missing],
    unread: state.unread,
    mustEnrol: state.session.mustEnrol === true,
    navigation:
      user === null || state.session.mustEnrol ? [] : navigationFor(user.role, ctx.path, state.waiting),
    requestId: state.requestId,
    failed: state.showsRefusal,
    newKey: randomUUID,
  });
}

/** The address that leads back to this page. The result of a POST has none, so it is the page of the form. */
function returnPath(ctx: PageContext): string {
  if (ctx.method === 'GET' || ctx.method === 'HEAD') return ctx.path + ctx.search;
  const from = ctx.get('referer');
  return URL.canParse(from) ? safeNext(new URL(from).pathname, '/') : '/';
}

/** Redirects with 303; the next page shows the notice. */
export function redirectTo(ctx: PageContext, path: string, notice?: Notice): void {
  const before = ctx.state.session.notices ?? [];
  // After a form that was sent twice, the next page says it once.
  if (notice !== undefined && !before.some((other) => isDeepStrictEqual(other, notice))) {
    ctx.state.session.notices = [...before, notice];
    ctx.state.sessionChanged = true;
  }
  ctx.status = 303;
  ctx.redirect(path);
  ctx.status = 303;
}

/** The signed-in user. Only call it after `signedIn` or `requireRole`. */
export function currentUser(ctx: PageContext): SessionUser {
  const user = ctx.state.session.user;
  if (user === undefined) throw problems.unauthenticated();
  return user;
}

/** After this, a user is signed in; others are redirected to the sign-in page and then back. */
export const signedIn: PageMiddleware = async (ctx, next) => {
  if (ctx.state.session.tokens === undefined) return leadToSignIn(ctx);
  if (!/^\/(?:security|profile)(?:\/|$)/.test(ctx.path) && (await mustEnrol(ctx)))
    return redirectTo(ctx, '/security');
  await next();
};

/** Whether the user can still only set up a second factor: they may have done so since the tokens were issued. */
async function mustEnrol(ctx: PageContext): Promise<boolean> {
  const { session, api } = ctx.state;
  if (session.mustEnrol === undefined) return false;
  if (!isPassive(ctx)) {
    await renewTokens(session, api.auth);
    ctx.state.sessionChanged = true;
  }
  return session.mustEnrol !== undefined;
}

function leadToSignIn(ctx: PageContext): void {
  // What was typed into a form of a session that has just ended is kept.
  if (ctx.method === 'POST') throw new SessionEnded('not signed in');
  redirectTo(ctx, signInPath(ctx));
}

/** After this, the user has one of `roles`. */
export function requireRole(...roles: Role[]): PageMiddleware {
  return async (ctx, next) => {
    if (ctx.state.session.tokens === undefined) return leadToSignIn(ctx);
    if (!roles.includes(currentUser(ctx).role)) throw problems.forbidden();
    if (await mustEnrol(ctx)) return redirectTo(ctx, '/security');
    await next();
  };
}

/** The sign-in page, with this page as the next one; a POST can't be the next page. */
export function signInPath(ctx: PageContext): string {
  if (ctx.method !== 'GET' || ctx.path === '/') return '/login';
  return signInPathTo(ctx.path + ctx.search);
}

export function signInPathTo(next: string): string {
  return next === '/' ? '/login' : `/login?next=${encodeURIComponent(next)}`;
}

/** The home page of a role. */
export function homePath(role: Role): string {
  return { member: '/dashboard', agent: '/inbox', superuser: '/agents' }[role];
}

/** The refusal if a form can show it; otherwise throws, which leads to the error page. */
export function asRefusal(error: unknown): Problem {
  // A form that is out of date can't be corrected.
  if (error instanceof Problem && error.detail === 'stale_form') throw error;
  if (error instanceof Problem && error.status < 500 && error.status !== 401 && error.status !== 404)
    return error;
  if (error instanceof Problem && (error.code === 'account_not_found' || error.code === 'unavailable'))
    return error;
  throw error;
}

/** The text of a refusal in the user's language, or the service's own title if the catalog has none. */
export function refusalText(ctx: PageContext, refusal: { code: string; title: string }): string {
  return ctx.state.views.t(ctx.state.locale, `refusals.${refusal.code}`, refusal.title);
}

/** A refusal as a notice for the next page. */
export function refusalNotice(refusal: { code: string; title: string }): Notice {
  return { kind: 'refusal', key: `refusals.${refusal.code}`, values: { title: refusal.title } };
}

function noticeText(ctx: PageContext, notice: Notice): string {
  const fallback = String(notice.values?.title ?? notice.key);
  return ctx.state.views.t(ctx.state.locale, notice.key, fallback, notice.values);
}
