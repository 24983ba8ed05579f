import type { PageContext } from '../../request-context.ts';
import type { KeptSecrets } from '../../session/kept-secrets.ts';
import { refuseForm } from '../drafts.ts';
import { type FormProblem, type FormView, field, missingFields, openForm, rawField } from '../form.ts';
import { safeNext } from '../next-path.ts';
import { homePath, redirectTo, render } from '../page.ts';
import { pageRouter } from '../router.ts';
import { admit } from './admit.ts';
import { leaveBrowser } from './leave-browser.ts';
import { asSignInRefusal } from './rules.ts';
import { askForCode } from './second-step-routes.ts';

/** Signing in and out. `tickets` are those of sign-ins that wait for a code. */
export function signInPages(tickets: KeptSecrets) {
  const router = pageRouter();

  router.get('/login', (ctx) => {
    const { user } = ctx.state.session;
    if (user !== undefined) return redirectTo(ctx, safeNext(nextOf(ctx), homePath(user.role)));
    showSignIn(ctx, openForm(ctx, '/login', { next: nextOf(ctx) }));
  });

  router.post('/login', async (ctx) => {
    const refuse = (problem: FormProblem) => refuseForm(ctx, problem, (form) => showSignIn(ctx, form));
    const errors = missingFields(ctx, 'username', 'password');
    const wishes = { next: nextOf(ctx), keep: ctx.state.form.has('keep') };
    if (Object.keys(errors).length > 0) return refuse({ errors });
    try {
      const username = field(ctx, 'username');
      const pair = await ctx.state.api.auth.login({
        username,
        password: rawField(ctx, 'password'),
        device_token: await ctx.state.devices.find(username),
      });
      await admit(ctx, pair, wishes);
    } catch (error) {
      const refusal = asSignInRefusal(error);
      const { sign_in: ticket, methods } = refusal.members;
      if (ticket === undefined) return refuse({ refusal });
      await askForCode(ctx, tickets, { ticket, methods }, wishes);
    }
  });

  router.post('/logout', async (ctx) => {
    const { session, api, log } = ctx.state;
    if (session.tokens !== undefined) {
      await api.auth
        .logout()
        .catch((err: unknown) => log.warn({ err }, 'session could not be ended, it will expire'));
    }
    leaveBrowser(ctx, 'notices.signed_out');
  });

  return router;
}

export function showSignIn(ctx: PageContext, form: FormView): void {
  render(ctx, 'login.njk', { form });
}

export function nextOf(ctx: PageContext): string {
  const given = ctx.method === 'POST' ? ctx.state.form.get('next') : ctx.query.next;
  return safeNext(Array.isArray(given) ? given[0] : given, '');
}
