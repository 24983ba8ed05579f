import type { PageContext } from '../../request-context.ts';
import { finishForm, finishWith, refuseForm } from '../drafts.ts';
import {
  emailError,
  type FormProblem,
  type FormView,
  field,
  missingFields,
  openForm,
  rawField,
} from '../form.ts';
import { asRefusal, redirectTo, render } from '../page.ts';
import { pageRouter } from '../router.ts';

/** Registration, and the pages that emailed links lead to. */
export function registrationPages() {
  const router = pageRouter();

  router.get('/register', (ctx) => showRegistration(ctx, openForm(ctx, '/register')));

  router.post('/register', async (ctx) => {
    const refuse = (problem: FormProblem) => refuseForm(ctx, problem, (form) => showRegistration(ctx, form));
    const errors = {
      ...missingFields(ctx, 'username', 'email', 'password'),
      ...emailError(ctx),
      ...passwordsDiffer(ctx, 'password'),
    };
    if (Object.keys(errors).length > 0) return refuse({ errors });
    try {
      const user = await ctx.state.api.auth.register({
        username: field(ctx, 'username'),
        email: field(ctx, 'email'),
        password: rawField(ctx, 'password'),
        first_name: field(ctx, 'first_name') || undefined,
        last_name: field(ctx, 'last_name') || undefined,
        language: ctx.state.locale,
      });
      await finishWith(ctx, '/registered', { name: user.first_name ?? user.username });
    } catch (error) {
      const fieldOf = { 'code:username_taken': 'username', 'code:password_too_weak': 'password' };
      await refuse({ refusal: asRefusal(error), fieldOf });
    }
  });

  router.get('/registered', (ctx) => {
    const { name } = openForm(ctx, '/registered').values;
    render(ctx, 'registered.njk', { name });
  });

  router.get('/forgot', (ctx) => showForgotten(ctx, openForm(ctx, '/forgot')));

  router.post('/forgot', async (ctx) => {
    const refuse = (problem: FormProblem) => refuseForm(ctx, problem, (form) => showForgotten(ctx, form));
    const errors = { ...missingFields(ctx, 'email'), ...emailError(ctx) };
    if (Object.keys(errors).length > 0) return refuse({ errors });
    try {
      await ctx.state.api.auth.forgotPassword(field(ctx, 'email'));
      await finishForm(ctx, '/forgot/sent');
    } catch (error) {
      await refuse({ refusal: asRefusal(error) });
    }
  });

  router.get('/forgot/sent', (ctx) => render(ctx, 'forgot.njk', { sent: true }));

  router.get('/recover', (ctx) => showLinkForm(ctx, 'recover'));

  router.post('/recover', async (ctx) => {
    const errors = { ...missingFields(ctx, 'new_password'), ...passwordsDiffer(ctx, 'new_password') };
    if (Object.keys(errors).length > 0) return refuseLinkForm(ctx, 'recover', { errors });
    try {
      await ctx.state.api.auth.recoverPassword(field(ctx, 'token'), rawField(ctx, 'new_password'));
      redirectTo(ctx, '/login', { kind: 'success', key: 'notices.password_set' });
    } catch (error) {
      const fieldOf = { 'code:password_too_weak': 'new_password' };
      await refuseLinkForm(ctx, 'recover', { refusal: asRefusal(error), fieldOf });
    }
  });

  // Mail scanners follow links too, so only the button on the page changes anything.
  router.get('/confirm-email', (ctx) => showLinkForm(ctx, 'confirm-email'));

  router.post('/confirm-email', async (ctx) => {
    try {
      await ctx.state.api.auth.confirmEmail(field(ctx, 'token'));
      const path = ctx.state.session.user === undefined ? '/login' : '/profile';
      redirectTo(ctx, path, { kind: 'success', key: 'notices.email_confirmed' });
    } catch (error) {
      await refuseLinkForm(ctx, 'confirm-email', { refusal: asRefusal(error) });
    }
  });

  router.get('/stop-email-change', (ctx) => showLinkForm(ctx, 'stop-email-change'));

  router.post('/stop-email-change', async (ctx) => {
    try {
      await ctx.state.api.auth.stopEmailChange(field(ctx, 'token'));
      await finishForm(ctx, '/stop-email-change/done');
    } catch (error) {
      await refuseLinkForm(ctx, 'stop-email-change', { refusal: asRefusal(error) });
    }
  });

  router.get('/stop-email-change/done', (ctx) => render(ctx, 'stop-email-change.njk', { stopped: true }));

  return router;
}

type LinkPage = 'recover' | 'confirm-email' | 'stop-email-change';

function showRegistration(ctx: PageContext, form: FormView): void {
  render(ctx, 'register.njk', { form });
}

function showForgotten(ctx: PageContext, form: FormView): void {
  render(ctx, 'forgot.njk', { form });
}

/** The page of an emailed link, whose secret stays in its address and is never kept with a draft. */
function showLinkForm(ctx: PageContext, page: LinkPage): void {
  render(ctx, `${page}.njk`, { form: openForm(ctx, `/${page}`), token: String(ctx.query.token ?? '') });
}

function refuseLinkForm(ctx: PageContext, page: LinkPage, problem: FormProblem): Promise<void> {
  const token = field(ctx, 'token');
  return refuseForm(ctx, { ...problem, query: { token } }, (form) =>
    render(ctx, `${page}.njk`, { form, token }),
  );
}

function passwordsDiffer(ctx: PageContext, name: string): Record<string, string> {
  const isSame = rawField(ctx, name) === rawField(ctx, 'password_again');
  return isSame ? {} : { password_again: 'passwords_differ' };
}
