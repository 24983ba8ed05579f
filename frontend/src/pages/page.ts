import { randomUUID } from 'node:crypto';
import type { Role } from '@guichet/contract';
import { Problem, problems } from '@guichet/errors';
import type { PageContext, PageMiddleware } from '../request-context.ts';
import type { Notice, SessionUser } from '../session/cookie.ts';
import { csrfToken } from '../session/csrf.ts';
import { navigationFor } from './navigation.ts';
import { safeNext } from './next-path.ts';

/** Shows a view with what every page has: its reader, the notices, the CSRF token and the way round. */
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
    path: ctx.path,
    returnTo: returnPath(ctx),
    query: ctx.query,
    notices: state.notices.map((notice) => ({ ...notice, text: noticeText(ctx, notice) })),
    navigation: user === null ? [] : navigationFor(user.role, ctx.path),
    requestId: state.requestId,
    newKey: randomUUID,
  });
}

/** This page's address for coming back to it; what a form led to has none, so it is the page of the form. */
function returnPath(ctx: PageContext): string {
  if (ctx.method === 'GET' || ctx.method === 'HEAD') return ctx.path + ctx.search;
  const from = ctx.get('referer');
  return URL.canParse(from) ? safeNext(new URL(from).pathname, '/') : '/';
}

/** Sends the visitor on with a GET, a notice waiting there. */
export function redirectTo(ctx: PageContext, path: string, notice?: Notice): void {
  if (notice !== undefined) {
    ctx.state.session.notices = [...(ctx.state.session.notices ?? []), notice];
    ctx.state.sessionChanged = true;
  }
  ctx.status = 303;
  ctx.redirect(path);
  ctx.status = 303;
}

/** Who is signed in. Only behind `signedIn` or `only`. */
export function currentUser(ctx: PageContext): SessionUser {
  const user = ctx.state.session.user;
  if (user === undefined) throw problems.unauthenticated();
  return user;
}

/** After this, somebody is signed in; others are sent to sign in, and come back. */
export const signedIn: PageMiddleware = async (ctx, next) => {
  if (ctx.state.session.tokens === undefined) return redirectTo(ctx, signInPath(ctx));
  await next();
};

/** After this, the reader has one of `roles`. */
export function requireRole(...roles: Role[]): PageMiddleware {
  return async (ctx, next) => {
    if (ctx.state.session.tokens === undefined) return redirectTo(ctx, signInPath(ctx));
    if (!roles.includes(currentUser(ctx).role)) throw problems.forbidden();
    await next();
  };
}

/** Where to sign in so as to come back here; a form that was sent cannot be come back to. */
export function signInPath(ctx: PageContext): string {
  if (ctx.method !== 'GET' || ctx.path === '/') return '/login';
  return `/login?next=${encodeURIComponent(ctx.path + ctx.search)}`;
}

/** Each role's first page. */
export function homePath(role: Role): string {
  return { member: '/dashboard', agent: '/inbox', superuser: '/agents' }[role];
}

/** A refusal a form can show; anything else goes on to the error page. */
export function asRefusal(error: unknown): Problem {
  if (error instanceof Problem && error.status < 500 && error.status !== 401 && error.status !== 404)
    return error;
  if (error instanceof Problem && (error.code === 'account_not_found' || error.code === 'unavailable'))
    return error;
  throw error;
}

/** What a refusal means, in the reader's language; the service's own words where we have none. */
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
