import { isOptionalMailKind } from '@guichet/contract';
import { kindInToken } from '@guichet/contract/auth';
import { withQuery } from '../../clients/call.ts';
import type { PageContext } from '../../request-context.ts';
import type { KeptSecrets } from '../../session/kept-secrets.ts';
import { finishForm, refuseForm } from '../drafts.ts';
import { type FormProblem, type FormView, missingFields, openForm, rawField } from '../form.ts';
import { asRefusal, redirectTo, render } from '../page.ts';
import { pageRouter } from '../router.ts';
import { passwordsDiffer } from './rules.ts';

/** How long an opened link can be used. */
export const LINK_SECONDS = 3600;

interface LinkPage {
  name: 'recover' | 'confirm-email' | 'stop-email-change' | 'stop-sign-in' | 'unsubscribe';
  /** What is wrong with the form. */
  errorsIn(ctx: PageContext): Record<string, string>;
  /** Uses the secret of the link, and leads to the outcome. */
  carryOut(ctx: PageContext, token: string): Promise<void>;
}

const PAGES: readonly LinkPage[] = [
  {
    name: 'recover',
    errorsIn: (ctx) => ({ ...missingFields(ctx, 'new_password'), ...passwordsDiffer(ctx, 'new_password') }),
    async carryOut(ctx, token) {
      await ctx.state.api.auth.recoverPassword(token, rawField(ctx, 'new_password'));
      redirectTo(ctx, '/login', { kind: 'success', key: 'notices.password_set' });
    },
  },
  {
    name: 'confirm-email',
    errorsIn: () => ({}),
    async carryOut(ctx, token) {
      await ctx.state.api.auth.confirmEmail(token);
      const path = ctx.state.session.user === undefined ? '/login' : '/profile';
      redirectTo(ctx, path, { kind: 'success', key: 'notices.email_confirmed' });
    },
  },
  {
    name: 'stop-email-change',
    errorsIn: () => ({}),
    async carryOut(ctx, token) {
      await ctx.state.api.auth.stopEmailChange(token);
      await finishForm(ctx, '/stop-email-change/done');
    },
  },
  {
    name: 'stop-sign-in',
    errorsIn: () => ({}),
    async carryOut(ctx, token) {
      await ctx.state.api.auth.stopSignIn(token);
      await finishForm(ctx, '/stop-sign-in/done');
    },
  },
  {
    name: 'unsubscribe',
    errorsIn: () => ({}),
    async carryOut(ctx, token) {
      const { kind } = await ctx.state.api.auth.unsubscribe(token);
      await finishForm(ctx, withQuery('/unsubscribe/done', { kind }));
    },
  },
];

/**
 * The pages that mailed links lead to. Opening a link only moves its secret from the address into a cookie: mail scanners follow links too, so
 * only the button on the page uses it.
 */
export function linkPages(links: KeptSecrets) {
  const router = pageRouter();

  for (const page of PAGES) {
    router.get(`/${page.name}`, async (ctx) => {
      const token = textOf(ctx.query.token);
      if (token === '') return show(ctx, page, await find(ctx, page));
      const isSecret = /^[\w-]{1,1024}$/.test(token);
      const link = isSecret ? await links.keep(ctx, page.name, token) : 'invalid';
      ctx.set('Referrer-Policy', 'no-referrer');
      redirectTo(ctx, withQuery(`/${page.name}`, { link }));
    });

    router.post(`/${page.name}`, async (ctx) => {
      const token = await find(ctx, page);
      if (token === null) return redirectTo(ctx, addressOf(ctx));
      const refuse = (problem: FormProblem) =>
        refuseForm(ctx, problem, (form) => show(ctx, page, token, form));
      const errors = page.errorsIn(ctx);
      if (Object.keys(errors).length > 0) return refuse({ errors });
      try {
        await page.carryOut(ctx, token);
      } catch (error) {
        const refusal = asRefusal(error);
        if (refusal.code !== 'invalid_link')
          return refuse({ refusal, fieldOf: { 'code:password_too_weak': 'new_password' } });
        // The page says so, now that the link is not kept.
        redirectTo(ctx, addressOf(ctx));
      }
      links.drop(ctx, page.name, textOf(ctx.query.link));
    });
  }

  router.get('/stop-email-change/done', (ctx) => render(ctx, 'stop-email-change.njk', { stopped: true }));

  router.get('/stop-sign-in/done', (ctx) => render(ctx, 'stop-sign-in.njk', { stopped: true }));

  router.get('/unsubscribe/done', (ctx) => {
    const kind = textOf(ctx.query.kind);
    render(ctx, 'unsubscribe.njk', { stopped: isOptionalMailKind(kind) ? kind : '' });
  });

  return router;

  function find(ctx: PageContext, page: LinkPage): Promise<string | null> {
    return links.find(ctx, page.name, textOf(ctx.query.link));
  }
}

function show(ctx: PageContext, page: LinkPage, token: string | null, form?: FormView): void {
  if (token === null) ctx.state.showsRefusal = true;
  const path = `/${page.name}`;
  render(ctx, `${page.name}.njk`, {
    form: form ?? openForm(ctx, path),
    action: addressOf(ctx),
    isLost: token === null,
    kind: token === null ? null : kindInToken(token),
  });
}

/** The address of the page, without what only the shown form needs. */
function addressOf(ctx: PageContext): string {
  return withQuery(ctx.path, { link: textOf(ctx.query.link) });
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
