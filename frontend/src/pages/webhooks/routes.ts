import { WEBHOOK_EVENTS } from '@guichet/contract';
import { Problem } from '@guichet/errors';
import type { PageContext } from '../../request-context.ts';
import { finishForm, refuseForm } from '../drafts.ts';
import { type FormProblem, type FormView, field, idempotencyKey, missingFields, openForm } from '../form.ts';
import { idParam } from '../ids.ts';
import { asRefusal, redirectTo, refusalNotice, render, requireRole } from '../page.ts';
import { pageRouter } from '../router.ts';
import { forgetAction } from '../security/security-page.ts';
import type { ShownSecrets } from '../security/shown-secrets.ts';

const LIST = '/security/webhooks';
const MESSAGES_SHOWN = 50;
const pageOf = (id: string) => `${LIST}/${id}`;

/** The webhooks of a customer or an agent, and the page of each with its last messages. */
export function webhookPages(shown: ShownSecrets) {
  const router = pageRouter();
  const mayManage = requireRole('member', 'agent');

  router.get(LIST, mayManage, (ctx) => showList(ctx, openForm(ctx, LIST)));

  router.post(LIST, mayManage, async (ctx) => {
    const chosen = ctx.state.form.getAll('event');
    const events = WEBHOOK_EVENTS.filter((event) => chosen.includes(event));
    const errors = {
      ...missingFields(ctx, 'url'),
      ...(events.length > 0 ? {} : { event: 'choose_one' }),
    };
    const refuse = (problem: FormProblem) => refuseForm(ctx, problem, (form) => showList(ctx, form));
    if (Object.keys(errors).length > 0) return refuse({ errors });
    try {
      const { id, secret } = await ctx.state.api.accounts.createWebhook(
        { url: field(ctx, 'url'), events, description: field(ctx, 'description') || null },
        idempotencyKey(ctx),
      );
      await finishForm(ctx, await shown.show(ctx, pageOf(id), 'webhook', { id, secret }));
    } catch (error) {
      await refuse({ refusal: asRefusal(error), fieldOf: { 'code:unsafe_url': 'url', url: 'url' } });
    }
  });

  router.get(`${LIST}/:id`, mayManage, async (ctx) => {
    const { accounts } = ctx.state.api;
    const webhook = await accounts.webhook(idParam(ctx));
    const [messages, secret] = await Promise.all([
      accounts.webhookDeliveries(webhook.id, { limit: MESSAGES_SHOWN }),
      shown.find(ctx, 'webhook'),
    ]);
    render(ctx, 'webhook.njk', {
      webhook,
      messages: messages.items,
      newSecret: secret?.id === webhook.id ? secret.secret : null,
      forgetAction: forgetAction(ctx),
    });
  });

  router.post(`${LIST}/:id/test`, mayManage, async (ctx) => {
    const path = pageOf(idParam(ctx));
    const { views, locale } = ctx.state;
    try {
      const { status, response_status, error } = await ctx.state.api.accounts.testWebhook(
        idParam(ctx),
        idempotencyKey(ctx),
      );
      const answer = response_status === null ? '–' : String(response_status);
      redirectTo(ctx, path, {
        kind: status === 'delivered' ? 'success' : 'refusal',
        key: status === 'delivered' ? 'notices.webhook_tested' : 'notices.webhook_test_failed',
        values: { answer: error === null ? answer : views.t(locale, `delivery_errors.${error}`, '') },
      });
    } catch (error) {
      redirectTo(ctx, path, refusalNotice(asRefusal(error)));
    }
  });

  router.post(`${LIST}/:id/rotate-secret`, mayManage, async (ctx) => {
    const path = pageOf(idParam(ctx));
    try {
      const { id, secret } = await ctx.state.api.accounts.rotateWebhookSecret(
        idParam(ctx),
        idempotencyKey(ctx),
      );
      redirectTo(ctx, await shown.show(ctx, path, 'webhook', { id, secret }));
    } catch (error) {
      redirectTo(ctx, path, refusalNotice(asRefusal(error)));
    }
  });

  router.post(`${LIST}/:id/send-again`, mayManage, async (ctx) => {
    const path = pageOf(idParam(ctx));
    try {
      await ctx.state.api.accounts.sendWebhookAgain(idParam(ctx), field(ctx, 'message'), idempotencyKey(ctx));
      redirectTo(ctx, path, { kind: 'success', key: 'notices.webhook_sent_again' });
    } catch (error) {
      redirectTo(ctx, path, refusalNotice(asRefusal(error)));
    }
  });

  router.get(`${LIST}/:id/delete`, mayManage, async (ctx) => {
    const webhook = await ctx.state.api.accounts.webhook(idParam(ctx));
    render(ctx, 'webhook-delete.njk', { webhook });
  });

  router.post(`${LIST}/:id/delete`, mayManage, async (ctx) => {
    try {
      await ctx.state.api.accounts.deleteWebhook(idParam(ctx)).catch((error: unknown) => {
        // Already deleted by a form that was sent twice.
        if (!(error instanceof Problem) || error.status !== 404) throw error;
      });
      redirectTo(ctx, LIST, { kind: 'success', key: 'notices.webhook_deleted' });
    } catch (error) {
      redirectTo(ctx, LIST, refusalNotice(asRefusal(error)));
    }
  });

  return router;
}

async function showList(ctx: PageContext, form: FormView): Promise<void> {
  const { items } = await ctx.state.api.accounts.webhooks();
  render(ctx, 'webhooks.njk', { webhooks: items, form, events: WEBHOOK_EVENTS });
}
