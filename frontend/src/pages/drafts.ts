import { withQuery } from '../clients/call.ts';
import type { PageContext, PageMiddleware } from '../request-context.ts';
import { asDraftId, type Draft, newDraftId } from '../session/drafts.ts';
import { draftOf, type FormProblem, type FormView, submittedDraftId, viewOf } from './form.ts';
import { draftAction, pageOfForm } from './form-pages.ts';
import { listAt } from './lists/filters.ts';
import { searchedAddress } from './lists/open-list.ts';
import { redirectTo } from './page.ts';

/** Where the browser puts the focus after a refused form, with or without scripts. */
const SUMMARY_ID = 'error-summary';

/** After this, `ctx.state.draft` is the draft that the address names; that of a form that was carried out leads to its outcome. */
export const openDraft: PageMiddleware = async (ctx, next) => {
  const id = ctx.method === 'GET' || ctx.method === 'HEAD' ? asDraftId(ctx.query.draft) : null;
  const draft = id === null ? null : await ctx.state.drafts.find(id, ctx.state.session.user?.id ?? null);
  if (draft !== null && draft.done !== null)
    return redirectTo(ctx, draft.done, { kind: 'info', key: 'notices.already_sent' });
  ctx.state.draft = id === null || draft === null ? null : { ...draft, id };
  await next();
};

/**
 * Keeps the submitted form with what is wrong with it and redirects to its page, which shows both. A form that is too large to keep is
 * shown by `show` in this response.
 */
export async function refuseForm(
  ctx: PageContext,
  problem: FormProblem,
  show: (form: FormView) => void | Promise<void>,
): Promise<void> {
  const id = submittedDraftId(ctx);
  const draft = draftOf(ctx, draftAction(ctx.path), problem);
  if (await ctx.state.drafts.keep(id, draft)) {
    const { page = pageOfForm(ctx.path), query } = problem;
    const address = withQuery(page, { ...filtersOf(ctx, ctx.path), ...query, draft: id });
    const hasSummary =
      draft.refusal !== null || Object.keys(draft.errors).length > 0 || draft.step === 'review';
    redirectTo(ctx, hasSummary ? `${address}#${SUMMARY_ID}` : address);
    return;
  }
  await show(viewOf(ctx, id, draft));
  ctx.status = problem.refusal?.status ?? 422;
}

/** Redirects to the outcome of a form that was carried out. Its own address leads there too from now on. */
export async function finishForm(
  ctx: PageContext,
  outcome: string,
  notice?: Parameters<typeof redirectTo>[2],
): Promise<void> {
  const id = asDraftId(ctx.state.form.get('draft'));
  if (id !== null) {
    const draft: Draft = { ...draftOf(ctx, draftAction(ctx.path), {}), fields: [], done: outcome };
    await ctx.state.drafts.keep(id, draft);
  }
  redirectTo(ctx, outcome, notice);
}

/** Like `finishForm`, for an outcome at `path` that shows `values`; its route reads them with `openForm(ctx, path)`. */
export async function finishWith(
  ctx: PageContext,
  path: string,
  values: Record<string, string>,
): Promise<void> {
  const id = newDraftId();
  const draft: Draft = { ...draftOf(ctx, path, {}), fields: Object.entries(values) };
  const isKept = await ctx.state.drafts.keep(id, draft);
  await finishForm(ctx, isKept ? withQuery(path, { draft: id }) : path);
}

/** Keeps what was typed into the form that is sent to `action`, so that `user` finds it at the returned address. */
export async function keepTyped(ctx: PageContext, action: string, user: string | null): Promise<string> {
  const list = ctx.path === action && user !== null ? listAt(action) : null;
  if (list !== null && user !== null) return searchedAddress(ctx, list, user);
  const id = submittedDraftId(ctx);
  const before = await ctx.state.drafts.find(id, user);
  const { fields, ...typed } = draftOf(ctx, draftAction(action), {});
  const draft: Draft = { ...(before ?? typed), fields, user };
  const isTyped = fields.some(([, value]) => value !== '');
  const isKept = isTyped && (await ctx.state.drafts.keep(id, draft));
  return withQuery(pageOfForm(action), { ...filtersOf(ctx, action), ...(isKept ? { draft: id } : {}) });
}

/** The filters in the address of the form that is being sent; they are kept. */
function filtersOf(ctx: PageContext, action: string): Record<string, string> {
  if (ctx.path !== action) return {};
  const kept = Object.entries(ctx.query).filter(([name]) => name !== 'draft');
  return Object.fromEntries(kept) as Record<string, string>;
}
