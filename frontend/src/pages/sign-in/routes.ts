import type { PageContext } from '../../request-context.ts';
import { SCRIPTS_COOKIE } from '../../scripts-cookie.ts';
import { clearTokens, storeTokens } from '../../session/tokens.ts';
import { refuseForm } from '../drafts.ts';
import { type FormProblem, type FormView, field, missingFields, openForm, rawField } from '../form.ts';
import { safeNext } from '../next-path.ts';
import { readMarkOf } from '../notifications/count-news.ts';
import { asRefusal, homePath, redirectTo, render } from '../page.ts';
import { pageRouter } from '../router.ts';

/** Signing in and out. */
export function signInPages() {
  const router = pageRouter();

  router.get('/login', (ctx) => {
    const { user } = ctx.state.session;
    if (user !== undefined) return redirectTo(ctx, safeNext(nextOf(ctx), homePath(user.role)));
    showSignIn(ctx, openForm(ctx, '/login', { next: nextOf(ctx) }));
  });

  router.post('/login', async (ctx) => {
    const codeAsked = ctx.state.form.has('totp');
    const refuse = (problem: FormProblem) => refuseForm(ctx, problem, (form) => showSignIn(ctx, form));
    const errors = missingFields(ctx, 'username', 'password', ...(codeAsked ? ['totp'] : []));
    if (Object.keys(errors).length > 0) return refuse({ errors, step: codeAsked ? 'code' : 'form' });
    const totp = field(ctx, 'totp').replaceAll(' ', '');
    try {
      const pair = await ctx.state.api.auth.login({
        username: field(ctx, 'username'),
        password: rawField(ctx, 'password'),
        ...(totp === '' ? {} : { totp }),
      });
      // Signing in resets the CSRF token, so that one planted before is worthless.
      clearTokens(ctx.state.session);
      storeTokens(ctx.state.session, pair);
      ctx.state.sessionChanged = true;
      // What happens from now on is new to them, if they are new to this browser.
      readMarkOf(ctx);
      // This user must not see what others typed in this browser.
      await ctx.state.drafts.dropOthers(pair.user.id);
      redirectTo(ctx, safeNext(nextOf(ctx), homePath(pair.user.role)));
    } catch (error) {
      const refusal = asSignInRefusal(error);
      const isCodeNext = codeAsked || refusal.code === 'totp_required';
      await refuse({
        // The first request for a code is not an error.
        ...(refusal.code === 'totp_required' && !codeAsked ? {} : { refusal }),
        fieldOf: { 'code:invalid_totp': 'totp', 'code:totp_required': 'totp' },
        step: isCodeNext ? 'code' : 'form',
      });
    }
  });

  router.post('/logout', async (ctx) => {
    const { session, api, log } = ctx.state;
    if (session.tokens !== undefined) {
      await api.auth
        .logout()
        .catch((err: unknown) => log.warn({ err }, 'session could not be ended, it will expire'));
    }
    clearTokens(session);
    // Signing out leaves nothing behind for the next user of this browser.
    delete session.ended;
    ctx.state.drafts.dropAll();
    ctx.state.sessionChanged = true;
    // The storage with what scripts counted is emptied, so that the next page counts once.
    ctx.cookies.set(SCRIPTS_COOKIE, null);
    // Not "cookies": the session's own is emptied here, and those for language and theme should outlive it.
    ctx.set('Clear-Site-Data', '"cache", "storage"');
    redirectTo(ctx, '/', { kind: 'success', key: 'notices.signed_out' });
  });

  return router;
}

function showSignIn(ctx: PageContext, form: FormView): void {
  render(ctx, 'login.njk', { form, codeRequired: form.step === 'code' });
}

function nextOf(ctx: PageContext): string {
  const given = ctx.method === 'POST' ? ctx.state.form.get('next') : ctx.query.next;
  return safeNext(Array.isArray(given) ? given[0] : given, '');
}

/** On this page, 401 means wrong credentials, not an ended session. */
function asSignInRefusal(error: unknown) {
  const { status } = error as { status?: number };
  return status === 401 ? (error as ReturnType<typeof asRefusal>) : asRefusal(error);
}
