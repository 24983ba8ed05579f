import { isIban, normalizeIban } from '@guichet/iban';
import type { PageContext } from '../../request-context.ts';
import { cursorOf } from '../cursor.ts';
import { finishForm, refuseForm } from '../drafts.ts';
import { choice, type FormProblem, field, idempotencyKey, missingFields, openForm } from '../form.ts';
import { idParam } from '../ids.ts';
import { asRefusal, render, requireRole } from '../page.ts';
import { pageRouter } from '../router.ts';
import { settle } from '../settle.ts';

const FILES = '/payments/incoming';
const SUSPENSE = '/payments/suspense';
const DUPLICATES = '/payments/duplicates';
const FILES_SHOWN = 20;
const ITEMS_SHOWN = 50;
const KINDS = ['incoming', 'returns'] as const;

/** Files from other banks, and the payments in them that belong to no account yet. */
export function incomingPages() {
  const router = pageRouter();

  router.get(FILES, requireRole('agent'), (ctx) => showFiles(ctx));

  router.post(FILES, requireRole('agent'), async (ctx) => {
    const refuse = (problem: FormProblem) => refuseForm(ctx, problem, (form) => showFiles(ctx, form));
    const kind = choice(ctx, 'kind', KINDS) ?? 'incoming';
    const { upload } = ctx.state;
    if (upload === null) return refuse({ errors: { file: 'required' } });
    try {
      const operation = await ctx.state.api.accounts.receiveFile(kind, upload, idempotencyKey(ctx));
      const notice = { kind: 'success', key: 'notices.file_received' } as const;
      await finishForm(ctx, `/operations/${operation.id}`, notice);
    } catch (error) {
      const refusal = asRefusal(error);
      if (refusal.code !== 'invalid_file') return refuse({ refusal });
      // The service names the line and the reason, in English.
      ctx.state.form.set('invalid', refusal.detail ?? '');
      await refuse({ errors: { file: 'refusals.invalid_file' } });
    }
  });

  router.get(SUSPENSE, requireRole('agent'), async (ctx) => {
    const cursor = cursorOf(ctx);
    const page = await ctx.state.api.accounts.suspense({ limit: ITEMS_SHOWN, cursor });
    render(ctx, 'suspense.njk', { page });
  });

  router.get(`${SUSPENSE}/:id`, requireRole('agent'), (ctx) => showSuspended(ctx));

  router.post(`${SUSPENSE}/:id/assign`, requireRole('agent'), async (ctx) => {
    const refuse = (problem: FormProblem) =>
      refuseForm(ctx, problem, (form) => showSuspended(ctx, { assign: form }));
    const iban = normalizeIban(field(ctx, 'iban'));
    if (!isIban(iban))
      return refuse({ errors: { iban: iban === '' ? 'required' : 'refusals.invalid_iban' } });
    const account = await findAccount(ctx, iban);
    if (account === null) return refuse({ errors: { iban: 'refusals.account_not_found' } });
    await resolve(ctx, refuse, (id, key) => ctx.state.api.accounts.assign(id, account.id, key));
  });

  router.post(`${SUSPENSE}/:id/return`, requireRole('agent'), async (ctx) => {
    const refuse = (problem: FormProblem) =>
      refuseForm(ctx, problem, (form) => showSuspended(ctx, { sendBack: form }));
    const errors = missingFields(ctx, 'reason');
    if (Object.keys(errors).length > 0) return refuse({ errors });
    const reason = field(ctx, 'reason');
    await resolve(ctx, refuse, (id, key) => ctx.state.api.accounts.returnPayment(id, reason, key));
  });

  router.get(`${DUPLICATES}/:id`, requireRole('agent'), (ctx) => showDuplicate(ctx));

  router.post(`${DUPLICATES}/:id/accept`, requireRole('agent'), async (ctx) => {
    const refuse = (problem: FormProblem) => refuseForm(ctx, problem, (form) => showDuplicate(ctx, form));
    const errors = missingFields(ctx, 'reason');
    if (Object.keys(errors).length > 0) return refuse({ errors });
    const reason = field(ctx, 'reason');
    await resolve(ctx, refuse, (id, key) => ctx.state.api.accounts.acceptDuplicate(id, reason, key));
  });

  return router;
}

async function showFiles(ctx: PageContext, form = openForm(ctx, FILES, { kind: 'incoming' })): Promise<void> {
  const { accounts } = ctx.state.api;
  const [incoming, returned, suspense] = await Promise.all([
    settle(ctx, 'requests', accounts.operations({ type: 'incoming_payments', limit: FILES_SHOWN })),
    settle(ctx, 'requests', accounts.operations({ type: 'returned_payments', limit: FILES_SHOWN })),
    settle(ctx, 'counts', accounts.suspense({ limit: ITEMS_SHOWN })),
  ]);
  const files = [...(incoming?.items ?? []), ...(returned?.items ?? [])]
    .sort((a, b) => b.created_at.localeCompare(a.created_at))
    .slice(0, FILES_SHOWN);
  render(ctx, 'incoming.njk', {
    form,
    files: incoming === null || returned === null ? null : files,
    suspended: suspense === null ? null : { count: suspense.items.length, more: suspense.next !== null },
  });
}

async function showSuspended(
  ctx: PageContext,
  {
    assign = openForm(ctx, `${SUSPENSE}/${idParam(ctx)}/assign`),
    sendBack = openForm(ctx, `${SUSPENSE}/${idParam(ctx)}/return`),
  } = {},
): Promise<void> {
  const item = await ctx.state.api.accounts.suspended(idParam(ctx));
  render(ctx, 'suspense-item.njk', { item, assign, sendBack });
}

async function showDuplicate(
  ctx: PageContext,
  form = openForm(ctx, `${DUPLICATES}/${idParam(ctx)}/accept`),
): Promise<void> {
  const item = await ctx.state.api.accounts.duplicate(idParam(ctx));
  render(ctx, 'duplicate-item.njk', { item, form });
}

/** Requests what becomes of a payment; another agent approves it. */
async function resolve(
  ctx: PageContext,
  refuse: (problem: FormProblem) => Promise<void>,
  send: (id: string, key: string) => Promise<{ id: string }>,
): Promise<void> {
  try {
    const operation = await send(idParam(ctx), idempotencyKey(ctx));
    const notice = { kind: 'success', key: 'notices.suspense_requested' } as const;
    await finishForm(ctx, `/operations/${operation.id}`, notice);
  } catch (error) {
    await refuse({ refusal: asRefusal(error) });
  }
}

async function findAccount(ctx: PageContext, iban: string): Promise<{ id: string } | null> {
  const { items } = await ctx.state.api.accounts.list({ q: iban, limit: 10 });
  return items.find((account) => account.iban === iban) ?? null;
}
