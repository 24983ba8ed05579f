import { emailError, emptyForm, field, missingFields, rawField, refillForm } from '../form.ts';
import { asRefusal, redirectTo, render } from '../page.ts';
import { pageRouter } from '../router.ts';

/** Registration, and the pages that emailed links lead to. */
export function registrationPages() {
  const router = pageRouter();

  router.get('/register', (ctx) => render(ctx, 'register.njk', { form: emptyForm() }));

  router.post('/register', async (ctx) => {
    const errors = {
      ...missingFields(ctx, 'username', 'email', 'password'),
      ...emailError(ctx),
      ...(rawField(ctx, 'password') === rawField(ctx, 'password_again')
        ? {}
        : { password_again: 'passwords_differ' }),
    };
    if (Object.keys(errors).length > 0)
      return render(ctx, 'register.njk', { form: refillForm(ctx, { errors }) });
    try {
      const user = await ctx.state.api.auth.register({
        username: field(ctx, 'username'),
        email: field(ctx, 'email'),
        password: rawField(ctx, 'password'),
        first_name: field(ctx, 'first_name') || undefined,
        last_name: field(ctx, 'last_name') || undefined,
        language: ctx.state.locale,
      });
      render(ctx, 'registered.njk', { name: user.first_name ?? user.username });
    } catch (error) {
      const form = refillForm(
        ctx,
        { refusal: asRefusal(error) },
        {
          'code:username_taken': 'username',
          'code:password_too_weak': 'password',
        },
      );
      render(ctx, 'register.njk', { form });
    }
  });

  router.get('/forgot', (ctx) => render(ctx, 'forgot.njk', { form: emptyForm() }));

  router.post('/forgot', async (ctx) => {
    const errors = { ...missingFields(ctx, 'email'), ...emailError(ctx) };
    if (Object.keys(errors).length > 0)
      return render(ctx, 'forgot.njk', { form: refillForm(ctx, { errors }) });
    try {
      await ctx.state.api.auth.forgotPassword(field(ctx, 'email'));
      render(ctx, 'forgot.njk', { form: emptyForm(), sent: true });
    } catch (error) {
      render(ctx, 'forgot.njk', { form: refillForm(ctx, { refusal: asRefusal(error) }) });
    }
  });

  router.get('/recover', (ctx) => {
    render(ctx, 'recover.njk', { form: emptyForm({ token: String(ctx.query.token ?? '') }) });
  });

  router.post('/recover', async (ctx) => {
    const errors = {
      ...missingFields(ctx, 'new_password'),
      ...(rawField(ctx, 'new_password') === rawField(ctx, 'password_again')
        ? {}
        : { password_again: 'passwords_differ' }),
    };
    if (Object.keys(errors).length > 0)
      return render(ctx, 'recover.njk', { form: refillForm(ctx, { errors }) });
    try {
      await ctx.state.api.auth.recoverPassword(field(ctx, 'token'), rawField(ctx, 'new_password'));
      redirectTo(ctx, '/login', { kind: 'success', key: 'notices.password_set' });
    } catch (error) {
      const form = refillForm(
        ctx,
        { refusal: asRefusal(error) },
        { 'code:password_too_weak': 'new_password' },
      );
      render(ctx, 'recover.njk', { form });
    }
  });

  // Mail scanners follow links too, so only the button on the page changes anything.
  router.get('/confirm-email', (ctx) => {
    render(ctx, 'confirm-email.njk', { form: emptyForm({ token: String(ctx.query.token ?? '') }) });
  });

  router.post('/confirm-email', async (ctx) => {
    try {
      await ctx.state.api.auth.confirmEmail(field(ctx, 'token'));
      const path = ctx.state.session.user === undefined ? '/login' : '/profile';
      redirectTo(ctx, path, { kind: 'success', key: 'notices.email_confirmed' });
    } catch (error) {
      render(ctx, 'confirm-email.njk', { form: refillForm(ctx, { refusal: asRefusal(error) }) });
    }
  });

  router.get('/stop-email-change', (ctx) => {
    render(ctx, 'stop-email-change.njk', { form: emptyForm({ token: String(ctx.query.token ?? '') }) });
  });

  router.post('/stop-email-change', async (ctx) => {
    try {
      await ctx.state.api.auth.stopEmailChange(field(ctx, 'token'));
      render(ctx, 'stop-email-change.njk', { form: emptyForm(), stopped: true });
    } catch (error) {
      render(ctx, 'stop-email-change.njk', { form: refillForm(ctx, { refusal: asRefusal(error) }) });
    }
  });

  return router;
}
