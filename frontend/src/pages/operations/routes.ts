import { OPERATION_KINDS, OPERATION_STATUSES } from '@guichet/contract';
import type { PageContext } from '../../request-context.ts';
import { finishForm, refuseForm } from '../drafts.ts';
import { nextHref, readFilters } from '../filters.ts';
import { type FormProblem, field, idempotencyKey, missingFields, openForm } from '../form.ts';
import { idParam } from '../ids.ts';
import { asRefusal, currentUser, redirectTo, refusalNotice, render, requireRole } from '../page.ts';
import { pageRouter } from '../router.ts';
import { settle } from '../settle.ts';
import { loadOperation } from './load-operation.ts';
import { isDecidedBy, isReversible } from './rules.ts';

/** The list of operations, and the page of each. */
export function operationPages() {
  const router = pageRouter();

  router.get('/operations', requireRole('member', 'agent'), async (ctx) => {
    const filters = readFilters(ctx, 'status', 'type', 'account', 'requester', 'from', 'to', 'cursor');
    const { accounts: client } = ctx.state.api;
    const [page, accounts] = await Promise.all([
      client.operations({ limit: 50, ...filters }),
      currentUser(ctx).role === 'member' ? settle(ctx, 'accounts', client.list({ limit: 200 })) : null,
    ]);
    render(ctx, 'operations.njk', {
      operations: page.items,
      accounts: accounts?.items ?? [],
      filters,
      statuses: OPERATION_STATUSES,
      types: OPERATION_KINDS,
      nextPage: nextHref('/operations', filters, page.next),
    });
  });

  router.get('/operations/:id', requireRole('member', 'agent'), (ctx) => showOperation(ctx));

  router.post('/operations/:id/cancel', requireRole('member'), async (ctx) => {
    await decide(
      ctx,
      () => ctx.state.api.accounts.cancel(idParam(ctx), idempotencyKey(ctx)),
      'notices.operation_cancelled',
    );
  });

  router.post('/operations/:id/approve', requireRole('agent'), async (ctx) => {
    const id = idParam(ctx);
    try {
      const { status } = await ctx.state.api.accounts.approve(id, idempotencyKey(ctx));
      redirectTo(ctx, `/operations/${id}`, { kind: 'success', key: `notices.operation_${status}` });
    } catch (error) {
      redirectTo(ctx, `/operations/${id}`, refusalNotice(asRefusal(error)));
    }
  });

  router.post('/operations/:id/reject', requireRole('agent'), async (ctx) => {
    const errors = missingFields(ctx, 'reason');
    if (Object.keys(errors).length > 0)
      return refuseForm(ctx, { errors }, (form) => showOperation(ctx, form));
    await decide(
      ctx,
      () => ctx.state.api.accounts.reject(idParam(ctx), field(ctx, 'reason'), idempotencyKey(ctx)),
      'notices.operation_rejected',
    );
  });

  router.get('/operations/:id/reverse', requireRole('agent'), async (ctx) => {
    const operation = await ctx.state.api.accounts.operation(idParam(ctx));
    if (!isReversible(operation)) {
      const key = operation.reversed_by_transfer_id === null ? 'not_reversible' : 'already_reversed';
      return redirectTo(ctx, `/operations/${operation.id}`, { kind: 'refusal', key: `refusals.${key}` });
    }
    render(ctx, 'operation-reverse.njk', { operation, form: openForm(ctx, ctx.path) });
  });

  router.post('/operations/:id/reverse', requireRole('agent'), async (ctx) => {
    const operation = await ctx.state.api.accounts.operation(idParam(ctx));
    const refuse = (problem: FormProblem) =>
      refuseForm(ctx, problem, (form) => render(ctx, 'operation-reverse.njk', { operation, form }));
    const errors = missingFields(ctx, 'reason');
    if (Object.keys(errors).length > 0) return refuse({ errors });
    try {
      const reversal = await ctx.state.api.accounts.request(
        { type: 'reversal', transfer_id: operation.transfer_id ?? '', reason: field(ctx, 'reason') },
        idempotencyKey(ctx),
      );
      const notice = { kind: 'success', key: 'notices.reversal_requested' } as const;
      await finishForm(ctx, `/operations/${reversal.id}`, notice);
    } catch (error) {
      await refuse({ refusal: asRefusal(error) });
    }
  });

  return router;
}

async function decide(ctx: PageContext, action: () => Promise<unknown>, done: string): Promise<void> {
  const path = `/operations/${idParam(ctx)}`;
  try {
    await action();
    redirectTo(ctx, path, { kind: 'success', key: done });
  } catch (error) {
    redirectTo(ctx, path, refusalNotice(asRefusal(error)));
  }
}

async function showOperation(
  ctx: PageContext,
  form = openForm(ctx, `/operations/${idParam(ctx)}/reject`),
): Promise<void> {
  const details = await loadOperation(ctx, idParam(ctx));
  const { id, role } = currentUser(ctx);
  const { operation } = details;
  const open = operation.status === 'pending' || operation.status === 'approved';
  render(ctx, 'operation.njk', {
    ...details,
    form,
    may: {
      cancel: open && operation.requester.id === id && role === 'member',
      decide: open && role === 'agent' && !isDecidedBy(operation, id),
      reverse: role === 'agent' && isReversible(operation),
      repeat: role === 'member' && ['internal_transfer', 'external_transfer'].includes(operation.type),
    },
  });
}
