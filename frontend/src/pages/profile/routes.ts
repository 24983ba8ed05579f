import type { MailChoices } from '@guichet/contract/auth';
import { isLocale } from '../../i18n.ts';
import type { PageContext } from '../../request-context.ts';
import { sessionUser } from '../../session/cookie.ts';
import { askedForHere, proxyDocument } from '../documents.ts';
import { refuseForm } from '../drafts.ts';
import {
  emailError,
  type FormProblem,
  type FormView,
  field,
  missingFields,
  openForm,
  rawField,
} from '../form.ts';
import { asRefusal, currentUser, redirectTo, render, signedIn } from '../page.ts';
import { pageRouter } from '../router.ts';

/** The user's own name, language, email address and password, and a copy of all their data. */
export function profilePages() {
  const router = pageRouter();

  router.get('/profile', signedIn, (ctx) => showProfile(ctx));

  router.post('/profile', signedIn, async (ctx) => {
    const language = field(ctx, 'language');
    try {
      const user = await ctx.state.api.auth.updateProfile({
        first_name: field(ctx, 'first_name') || null,
        last_name: field(ctx, 'last_name') || null,
        ...(isLocale(language) ? { language } : {}),
      });
      ctx.state.session.user = sessionUser(user);
      redirectTo(ctx, '/profile', { kind: 'success', key: 'notices.profile_saved' });
    } catch (error) {
      await refuse(ctx, 'details', { refusal: asRefusal(error) });
    }
  });

  router.post('/profile/email', signedIn, async (ctx) => {
    const errors = { ...missingFields(ctx, 'email', 'current_password'), ...emailError(ctx) };
    if (Object.keys(errors).length > 0) return refuse(ctx, 'email', { errors });
    try {
      await ctx.state.api.auth.changeEmail(field(ctx, 'email'), rawField(ctx, 'current_password'));
      redirectTo(ctx, '/profile', {
        kind: 'info',
        key: 'notices.email_link_sent',
        values: { email: field(ctx, 'email') },
      });
    } catch (error) {
      const fieldOf = { 'code:wrong_password': 'current_password' };
      await refuse(ctx, 'email', { refusal: asRefusal(error), fieldOf });
    }
  });

  router.post('/profile/password', signedIn, async (ctx) => {
    const errors = {
      ...missingFields(ctx, 'old_password', 'new_password'),
      ...(rawField(ctx, 'new_password') === rawField(ctx, 'password_again')
        ? {}
        : { password_again: 'passwords_differ' }),
    };
    if (Object.keys(errors).length > 0) return refuse(ctx, 'password', { errors });
    try {
      await ctx.state.api.auth.changePassword(rawField(ctx, 'old_password'), rawField(ctx, 'new_password'));
      redirectTo(ctx, '/profile', { kind: 'success', key: 'notices.password_changed' });
    } catch (error) {
      const fieldOf = { 'code:wrong_password': 'old_password', 'code:password_too_weak': 'new_password' };
      await refuse(ctx, 'password', { refusal: asRefusal(error), fieldOf });
    }
  });

  router.post('/profile/mails', signedIn, async (ctx) => {
    try {
      const { kinds } = await ctx.state.api.auth.mailChoices();
      const wanted = ctx.state.form.getAll('kind');
      await ctx.state.api.auth.chooseMails(kinds.filter((kind) => !wanted.includes(kind)));
      redirectTo(ctx, '/profile', { kind: 'success', key: 'notices.mails_saved' });
    } catch (error) {
      await refuse(ctx, 'mails', { refusal: asRefusal(error) });
    }
  });

  router.get('/profile/data', signedIn, askedForHere('/profile'), (ctx) =>
    proxyDocument(
      ctx,
      'auth',
      { path: '/api/auth/profile/export' },
      { unlimited: true, fileName: dataFileName(ctx) },
    ),
  );

  return router;
}

/** "Mes données alice 2026-11-20.json" */
function dataFileName(ctx: PageContext): string {
  const { views, locale } = ctx.state;
  const name = views.t(locale, 'profile.data_file', 'My data');
  return `${name} ${currentUser(ctx).username} ${views.calendar.dateOf(new Date())}.json`;
}

type ProfileForms = Partial<Record<'details' | 'email' | 'mails' | 'password', FormView>>;

async function showProfile(ctx: PageContext, forms: ProfileForms = {}): Promise<void> {
  const { auth } = ctx.state.api;
  const [user, choices] = await Promise.all([auth.profile(), auth.mailChoices()]);
  render(ctx, 'profile.njk', {
    profile: user,
    choices,
    details:
      forms.details ??
      openForm(ctx, '/profile', {
        first_name: user.first_name ?? '',
        last_name: user.last_name ?? '',
        language: user.language,
      }),
    email: forms.email ?? openForm(ctx, '/profile/email'),
    mails: forms.mails ?? mailsForm(ctx, choices),
    password: forms.password ?? openForm(ctx, '/profile/password'),
  });
}

function refuse(ctx: PageContext, name: keyof ProfileForms, problem: FormProblem): Promise<void> {
  return refuseForm(ctx, problem, (form) => showProfile(ctx, { [name]: form }));
}

/** The kinds of mail that the user gets are checked. */
function mailsForm(ctx: PageContext, { kinds, refused }: MailChoices): FormView {
  const form = openForm(ctx, '/profile/mails');
  return { ...form, chosen: { kind: kinds.filter((kind) => !refused.includes(kind)), ...form.chosen } };
}
