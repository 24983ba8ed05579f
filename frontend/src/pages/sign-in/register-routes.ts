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
import { asRefusal, render } from '../page.ts';
import { pageRouter } from '../router.ts';
import { passwordsDiffer } from './rules.ts';

/** Registration, and the request for a link to a new password. */
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

  return router;
}

function showRegistration(ctx: PageContext, form: FormView): void {
  render(ctx, 'register.njk', { form });
}

function showForgotten(ctx: PageContext, form: FormView): void {
  render(ctx, 'forgot.njk', { form });
}
