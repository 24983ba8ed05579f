import { Problem, problems } from '@guichet/errors';
import { ClientAborted } from '../edge/receive-body.ts';
import { isPassive, type PageContext, type PageMiddleware } from '../request-context.ts';
import { staleForm } from '../session/guard-forms.ts';
import { IDLE_NOTICE } from '../session/idle.ts';
import { clearTokens, FormOutlivedSession, SessionEnded } from '../session/tokens.ts';
import { keepTyped } from './drafts.ts';
import { backFromSwitch, SENT_FOR_ANOTHER } from './footer-switch.ts';
import { retryForm } from './form.ts';
import { redirectTo, render, signInPath, signInPathTo } from './page.ts';

/** The only place where the pages turn an error into HTML. */
export const handleErrors: PageMiddleware = async (ctx, next) => {
  try {
    await next();
    if (ctx.status === 404 && (ctx.body === undefined || ctx.body === null)) throw problems.not_found();
  } catch (error) {
    if (error instanceof FormOutlivedSession) return keepOutlivedForm(ctx, error.userId);
    if (isUnauthenticated(ctx, error) && isPassive(ctx)) {
      ctx.status = 401;
      ctx.body = '';
      return;
    }
    if (isUnauthenticated(ctx, error)) return endSession(ctx);
    if (error instanceof ClientAborted) {
      ctx.state.log.debug({ err: error }, 'form aborted by the client');
      ctx.respond = false;
      return;
    }
    renderError(ctx, toProblem(error));
  }
};

/** A script only learns that the session has ended; for a user, the sign-in page leads back to this page, with what was typed into the submitted form. */
async function endSession(ctx: PageContext): Promise<void> {
  const { session } = ctx.state;
  clearTokens(session);
  ctx.state.sessionChanged = true;
  if (ctx.get('accept') === 'application/json') {
    ctx.status = 401;
    ctx.body = { code: 'unauthenticated' };
    return;
  }
  const owner = session.ended?.user;
  const next = ctx.method === 'POST' && owner !== undefined ? await pathBack(ctx, owner) : null;
  const wasIdle = session.notices?.includes(IDLE_NOTICE) === true;
  const notice = wasIdle ? IDLE_NOTICE : ({ kind: 'info', key: 'notices.session_ended' } as const);
  redirectTo(ctx, next === null ? signInPath(ctx) : signInPathTo(next), notice);
}

/** The page to come back to, with what was typed into the submitted form. */
function pathBack(ctx: PageContext, user: string): Promise<string> {
  return SENT_FOR_ANOTHER.includes(ctx.path) ? backFromSwitch(ctx, user) : keepTyped(ctx, ctx.path, user);
}

/** A form of a session that has ended: its user gets it back after signing in again. To anyone else it is out of date. */
async function keepOutlivedForm(ctx: PageContext, userId: string): Promise<void> {
  const { user } = ctx.state.session;
  if (user !== undefined && user.id !== userId)
    return renderError(ctx, staleForm('it belongs to another user'));
  const next = await pathBack(ctx, userId);
  if (user === undefined) redirectTo(ctx, signInPathTo(next), { kind: 'info', key: 'notices.session_ended' });
  else redirectTo(ctx, next, { kind: 'info', key: 'notices.signed_in_again' });
}

function isUnauthenticated(ctx: PageContext, error: unknown): boolean {
  if (error instanceof SessionEnded) return true;
  return error instanceof Problem && error.code === 'unauthenticated' && ctx.path !== '/login';
}

/** Codes with their own texts on the error page; the others use the text of their status. */
const OWN_TEXTS = ['stale_form', 'outcome_unknown'] as const;

function renderError(ctx: PageContext, problem: Problem): void {
  if (problem.status >= 500) ctx.state.log.error({ err: problem, path: ctx.path }, 'page failed');
  ctx.status = problem.status;
  ctx.set(problem.headers);
  if (problem.status === 503 && problem.headers['Retry-After'] === undefined) ctx.set('Retry-After', '5');
  const known = ['403', '404', '408', '413', '429', '500', '503'];
  const kind = known.includes(String(problem.status))
    ? String(problem.status)
    : problem.status < 500
      ? '400'
      : '500';
  const isTemporary = problem.status >= 500 || problem.status === 408 || problem.status === 429;
  render(ctx, 'error.njk', {
    status: problem.status,
    kind: OWN_TEXTS.find((own) => own === problem.detail || own === problem.code) ?? kind,
    code: problem.code,
    unavailableService: problem.status === 503 ? ctx.state.unavailableService : null,
    retry: isTemporary ? retryForm(ctx) : null,
  });
  ctx.status = problem.status;
}

function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  // Koa and the router throw errors with a status.
  const { status, expose } = error as { status?: number; expose?: boolean };
  if (expose === true && status === 404) return problems.not_found();
  if (expose === true && status !== undefined && status < 500)
    return problems.invalid_request(undefined, { cause: error });
  return problems.internal_error(undefined, {
    internal: (error as Error)?.message ?? String(error),
    cause: error,
  });
}
