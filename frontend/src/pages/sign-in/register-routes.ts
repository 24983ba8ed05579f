import { emptyForm, formAgain, malformedEmail, missing, secret, text } from '../form.ts';
import { asRefusal, goTo, show } from '../page.ts';
import { pageRouter } from '../router.ts';

/** Becoming a customer, and what links in mails lead to. */
export function registrationPages() {
  const router = pageRouter();

  router.get('/register', (ctx) => show(ctx, 'register.njk', { form: emptyForm() }));

  router.post('/register', async (ctx) => {
    const errors = {
      ...missing(ctx, 'username', 'email', 'password'),
      ...malformedEmail(ctx),
      ...(secret(ctx, 'password') === secret(ctx, 'password_again')
        ? {}
        : { password_again: 'passwords_differ' }),
    };
    if (Object.keys(errors).length > 0)
      return show(ctx, 'register.njk', { form: formAgain(ctx, { errors }) });
    try {
      const user = await ctx.state.api.auth.register({
        username: text(ctx, 'username'),
        email: text(ctx, 'email'),
        password: secret(ctx, 'password'),
        first_name: text(ctx, 'first_name') || undefined,
        last_name: text(ctx, 'last_name') || undefined,
        language: ctx.state.locale,
      });
      show(ctx, 'registered.njk', { name: user.first_name ?? user.username });
    } catch (error) {
      const form = formAgain(
        ctx,
        { refusal: asRefusal(error) },
        {
          'code:username_taken': 'username',
          'code:password_too_weak': 'password',
        },
      );
      show(ctx, 'register.njk', { form });
    }
  });

  router.get('/forgot', (ctx) => show(ctx, 'forgot.njk', { form: emptyForm() }));

  router.post('/forgot', async (ctx) => {
    const errors = { ...missing(ctx, 'email'), ...malformedEmail(ctx) };
    if (Object.keys(errors).length > 0) return show(ctx, 'forgot.njk', { form: formAgain(ctx, { errors }) });
    try {
      await ctx.state.api.auth.forgotPassword(text(ctx, 'email'));
      show(ctx, 'forgot.njk', { form: emptyForm(), sent: true });
    } catch (error) {
      show(ctx, 'forgot.njk', { form: formAgain(ctx, { refusal: asRefusal(error) }) });
    }
  });

  router.get('/recover', (ctx) => {
    show(ctx, 'recover.njk', { form: emptyForm({ token: String(ctx.query.token ?? '') }) });
  });

  router.post('/recover', async (ctx) => {
    const errors = {
      ...missing(ctx, 'new_password'),
      ...(secret(ctx, 'new_password') === secret(ctx, 'password_again')
        ? {}
        : { password_again: 'passwords_differ' }),
    };
    if (Object.keys(errors).length > 0) return show(ctx, 'recover.njk', { form: formAgain(ctx, { errors }) });
    try {
      await ctx.state.api.auth.recoverPassword(text(ctx, 'token'), secret(ctx, 'new_password'));
      goTo(ctx, '/login', { kind: 'success', key: 'notices.password_set' });
    } catch (error) {
      const form = formAgain(
        ctx,
        { refusal: asRefusal(error) },
        { 'code:password_too_weak': 'new_password' },
      );
      show(ctx, 'recover.njk', { form });
    }
  });

  // A link is followed by programs that read mail, too: only the button behind it changes anything.
  router.get('/confirm-email', (ctx) => {
    show(ctx, 'confirm-email.njk', { form: emptyForm({ token: String(ctx.query.token ?? '') }) });
  });

  router.post('/confirm-email', async (ctx) => {
    try {
      await ctx.state.api.auth.confirmEmail(text(ctx, 'token'));
      const path = ctx.state.session.user === undefined ? '/login' : '/profile';
      goTo(ctx, path, { kind: 'success', key: 'notices.email_confirmed' });
    } catch (error) {
      show(ctx, 'confirm-email.njk', { form: formAgain(ctx, { refusal: asRefusal(error) }) });
    }
  });

  router.get('/stop-email-change', (ctx) => {
    show(ctx, 'stop-email-change.njk', { form: emptyForm({ token: String(ctx.query.token ?? '') }) });
  });

  router.post('/stop-email-change', async (ctx) => {
    try {
      await ctx.state.api.auth.stopEmailChange(text(ctx, 'token'));
      show(ctx, 'stop-email-change.njk', { form: emptyForm(), stopped: true });
    } catch (error) {
      show(ctx, 'stop-email-change.njk', { form: formAgain(ctx, { refusal: asRefusal(error) }) });
    }
  });

  return router;
}
