import { OPERATION_STATUSES, OPERATION_TYPES } from '../../clients/accounts.ts';
import type { PageContext } from '../../visit.ts';
import { nextHref, readFilters } from '../filters.ts';
import { emptyForm, formAgain, idempotencyKey, missing, text } from '../form.ts';
import { idParam } from '../ids.ts';
import { asRefusal, goTo, only, reader, refusalNotice, show } from '../page.ts';
import { pageRouter } from '../router.ts';
import { gatherStory } from './gather-story.ts';
import { isDecidedBy, isReversible } from './rules.ts';

/** Everything that was asked of the bank, and the whole story of each. */
export function operationPages() {
  const router = pageRouter();

  router.get('/operations', only('member', 'agent'), async (ctx) => {
    const filters = readFilters(ctx, 'status', 'type', 'account', 'requester', 'from', 'to', 'cursor');
    const { accounts: client } = ctx.state.api;
    const [page, accounts] = await Promise.all([
      client.operations({ limit: 50, ...filters }),
      reader(ctx).role === 'member' ? client.list({ limit: 200 }) : null,
    ]);
    show(ctx, 'operations.njk', {
      operations: page.items,
      accounts: accounts?.items ?? [],
      filters,
      statuses: OPERATION_STATUSES,
      types: OPERATION_TYPES,
      nextPage: nextHref('/operations', filters, page.next),
    });
  });

  router.get('/operations/:id', only('member', 'agent'), (ctx) => showOperation(ctx));

  router.post('/operations/:id/cancel', only('member'), async (ctx) => {
    await decide(
      ctx,
      () => ctx.state.api.accounts.cancel(idParam(ctx), idempotencyKey(ctx)),
      'notices.operation_cancelled',
    );
  });

  router.post('/operations/:id/approve', only('agent'), async (ctx) => {
    const id = idParam(ctx);
    try {
      const { status } = await ctx.state.api.accounts.approve(id, idempotencyKey(ctx));
      goTo(ctx, `/operations/${id}`, { kind: 'success', key: `notices.operation_${status}` });
    } catch (error) {
      goTo(ctx, `/operations/${id}`, refusalNotice(asRefusal(error)));
    }
  });

  router.post('/operations/:id/reject', only('agent'), async (ctx) => {
    const errors = missing(ctx, 'reason');
    if (Object.keys(errors).length > 0) return showOperation(ctx, formAgain(ctx, { errors }));
    await decide(
      ctx,
      () => ctx.state.api.accounts.reject(idParam(ctx), text(ctx, 'reason'), idempotencyKey(ctx)),
      'notices.operation_rejected',
    );
  });

  router.get('/operations/:id/reverse', only('agent'), async (ctx) => {
    const operation = await ctx.state.api.accounts.operation(idParam(ctx));
    if (!isReversible(operation)) {
      const key = operation.reversed_by_transfer_id === null ? 'not_reversible' : 'already_reversed';
      return goTo(ctx, `/operations/${operation.id}`, { kind: 'refusal', key: `refusals.${key}` });
    }
    show(ctx, 'operation-reverse.njk', { operation, form: emptyForm() });
  });

  router.post('/operations/:id/reverse', only('agent'), async (ctx) => {
    const operation = await ctx.state.api.accounts.operation(idParam(ctx));
    const errors = missing(ctx, 'reason');
    if (Object.keys(errors).length > 0) {
      return show(ctx, 'operation-reverse.njk', { operation, form: formAgain(ctx, { errors }) });
    }
    try {
      const reversal = await ctx.state.api.accounts.request(
        { type: 'reversal', transfer_id: operation.transfer_id ?? '', reason: text(ctx, 'reason') },
        idempotencyKey(ctx),
      );
      goTo(ctx, `/operations/${reversal.id}`, { kind: 'success', key: 'notices.reversal_requested' });
    } catch (error) {
      show(ctx, 'operation-reverse.njk', { operation, form: formAgain(ctx, { refusal: asRefusal(error) }) });
    }
  });

  return router;
}

async function decide(ctx: PageContext, action: () => Promise<unknown>, done: string): Promise<void> {
  const path = `/operations/${idParam(ctx)}`;
  try {
    await action();
    goTo(ctx, path, { kind: 'success', key: done });
  } catch (error) {
    goTo(ctx, path, refusalNotice(asRefusal(error)));
  }
}

async function showOperation(ctx: PageContext, form = emptyForm()): Promise<void> {
  const { status } = ctx;
  const story = await gatherStory(ctx.state.api, idParam(ctx), ctx.state.log);
  const { id, role } = reader(ctx);
  const { operation } = story;
  const open = operation.status === 'pending' || operation.status === 'approved';
  show(ctx, 'operation.njk', {
    ...story,
    form,
    may: {
      cancel: open && operation.requester.id === id && role === 'member',
      decide: open && role === 'agent' && !isDecidedBy(operation, id),
      reverse: role === 'agent' && isReversible(operation),
    },
  });
  if (Object.keys(form.errors).length > 0) ctx.status = status;
}
