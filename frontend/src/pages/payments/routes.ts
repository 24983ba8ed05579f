import { BATCH_STATUSES } from '@guichet/contract';
import type { PaymentBatch } from '@guichet/contract/accounts';
import { withQuery } from '../../clients/call.ts';
import type { PageContext } from '../../request-context.ts';
import { cursorOf } from '../cursor.ts';
import { proxyDocument } from '../documents.ts';
import { idempotencyKey } from '../form.ts';
import { idParam } from '../ids.ts';
import { asRefusal, redirectTo, refusalNotice, render, requireRole } from '../page.ts';
import { pageRouter } from '../router.ts';
import { nextStep, sliceOf } from './rules.ts';

const LIST = '/payments/batches';
const PAGE_ROWS = 50;

/** The batches in which transfers leave for other banks, and what agents do with them, each step after a confirmation. */
export function paymentPages() {
  const router = pageRouter();
  const agent = requireRole('agent');

  router.get(LIST, agent, async (ctx) => {
    const status = BATCH_STATUSES.find((one) => one === ctx.query.status);
    const cursor = cursorOf(ctx);
    const page = await ctx.state.api.accounts.paymentBatches({ status, cursor, limit: PAGE_ROWS });
    render(ctx, 'payment-batches.njk', {
      batches: page.items,
      tabs: [undefined, ...BATCH_STATUSES].map((one) => ({
        status: one ?? null,
        href: withQuery(LIST, { status: one }),
        current: one === status,
      })),
      first: cursor && withQuery(LIST, { status }),
      next: page.next && withQuery(LIST, { status, cursor: page.next }),
    });
  });

  router.get(`${LIST}/new`, agent, (ctx) =>
    render(ctx, 'payment-batch-confirm.njk', { step: 'create', batch: null, action: LIST, back: LIST }),
  );

  router.post(LIST, agent, async (ctx) => {
    try {
      const { id, count } = await ctx.state.api.accounts.createPaymentBatch(idempotencyKey(ctx));
      const notice = { kind: 'success', key: 'notices.batch_created', values: { count } } as const;
      redirectTo(ctx, `${LIST}/${id}`, notice);
    } catch (error) {
      redirectTo(ctx, LIST, refusalNotice(asRefusal(error)));
    }
  });

  router.get(`${LIST}/:id`, agent, async (ctx) => {
    const batch = await ctx.state.api.accounts.paymentBatch(idParam(ctx));
    render(ctx, 'payment-batch.njk', {
      batch,
      step: nextStep(batch),
      slice: sliceOf(batch.transfers, String(ctx.query.from ?? '')),
    });
  });

  router.get(`${LIST}/:id/pain001.xml`, agent, (ctx) =>
    proxyDocument(ctx, 'accounts', { path: `/api/payments/batches/${idParam(ctx)}/pain001.xml` }),
  );

  for (const step of ['sent', 'settled'] as const) {
    router.get(`${LIST}/:id/${step}`, agent, async (ctx) => {
      const batch = await ctx.state.api.accounts.paymentBatch(idParam(ctx));
      const back = `${LIST}/${batch.id}`;
      if (nextStep(batch) !== step) return redirectTo(ctx, back);
      render(ctx, 'payment-batch-confirm.njk', { step, batch, action: `${back}/${step}`, back });
    });

    router.post(`${LIST}/:id/${step}`, agent, (ctx) =>
      advance(ctx, step, (id) => ctx.state.api.accounts.advancePaymentBatch(id, step, idempotencyKey(ctx))),
    );
  }

  return router;
}

async function advance(
  ctx: PageContext,
  step: 'sent' | 'settled',
  send: (id: string) => Promise<PaymentBatch>,
): Promise<void> {
  const path = `${LIST}/${idParam(ctx)}`;
  try {
    await send(idParam(ctx));
    redirectTo(ctx, path, { kind: 'success', key: `notices.batch_${step}` });
  } catch (error) {
    redirectTo(ctx, path, refusalNotice(asRefusal(error)));
  }
}
