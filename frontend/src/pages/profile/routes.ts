import type { User } from '../../clients/auth.ts';
import { isLocale } from '../../i18n.ts';
import { sessionUser } from '../../session/cookie.ts';
import type { PageContext } from '../../visit.ts';
import { emptyForm, type FormView, formAgain, malformedEmail, missing, secret, text } from '../form.ts';
import { asRefusal, goTo, show, signedIn } from '../page.ts';
import { pageRouter } from '../router.ts';

/** What a person may change about themselves: names and language, the address of mail, the password. */
export function profilePages() {
  const router = pageRouter();

  router.get('/profile', signedIn, async (ctx) => showProfile(ctx, await ctx.state.api.auth.profile()));

  router.post('/profile', signedIn, async (ctx) => {
    const language = text(ctx, 'language');
    try {
      const user = await ctx.state.api.auth.updateProfile({
        first_name: text(ctx, 'first_name') || null,
        last_name: text(ctx, 'last_name') || null,
        ...(isLocale(language) ? { language } : {}),
      });
      ctx.state.session.user = sessionUser(user);
      goTo(ctx, '/profile', { kind: 'success', key: 'notices.profile_saved' });
    } catch (error) {
      await showAgain(ctx, { details: formAgain(ctx, { refusal: asRefusal(error) }) });
    }
  });

  router.post('/profile/email', signedIn, async (ctx) => {
    const errors = { ...missing(ctx, 'email', 'current_password'), ...malformedEmail(ctx) };
    if (Object.keys(errors).length > 0) return showAgain(ctx, { email: formAgain(ctx, { errors }) });
    try {
      await ctx.state.api.auth.changeEmail(text(ctx, 'email'), secret(ctx, 'current_password'));
      goTo(ctx, '/profile', {
        kind: 'info',
        key: 'notices.email_link_sent',
        values: { email: text(ctx, 'email') },
      });
    } catch (error) {
      const fields = { 'code:wrong_password': 'current_password' };
      await showAgain(ctx, { email: formAgain(ctx, { refusal: asRefusal(error) }, fields) });
    }
  });

  router.post('/profile/password', signedIn, async (ctx) => {
    const errors = {
      ...missing(ctx, 'old_password', 'new_password'),
      ...(secret(ctx, 'new_password') === secret(ctx, 'password_again')
        ? {}
        : { password_again: 'passwords_differ' }),
    };
    if (Object.keys(errors).length > 0) return showAgain(ctx, { password: formAgain(ctx, { errors }) });
    try {
      await ctx.state.api.auth.changePassword(secret(ctx, 'old_password'), secret(ctx, 'new_password'));
      goTo(ctx, '/profile', { kind: 'success', key: 'notices.password_changed' });
    } catch (error) {
      const fields = { 'code:wrong_password': 'old_password', 'code:password_too_weak': 'new_password' };
      await showAgain(ctx, { password: formAgain(ctx, { refusal: asRefusal(error) }, fields) });
    }
  });

  return router;
}

interface ProfileForms {
  details?: FormView;
  email?: FormView;
  password?: FormView;
}

function showProfile(ctx: PageContext, user: User, forms: ProfileForms = {}): void {
  show(ctx, 'profile.njk', {
    profile: user,
    details:
      forms.details ??
      emptyForm({
        first_name: user.first_name ?? '',
        last_name: user.last_name ?? '',
        language: user.language,
      }),
    email: forms.email ?? emptyForm(),
    password: forms.password ?? emptyForm(),
  });
}

async function showAgain(ctx: PageContext, forms: ProfileForms): Promise<void> {
  const { status } = ctx;
  showProfile(ctx, await ctx.state.api.auth.profile(), forms);
  ctx.status = status;
}
