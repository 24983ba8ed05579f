import { OPERATION_KINDS } from '@guichet/contract';
import type { DecisionOutcome, Operation } from '@guichet/contract/accounts';
import { withQuery } from '../../clients/call.ts';
import type { PageContext } from '../../request-context.ts';
import { readFilters } from '../filters.ts';
import { emptyForm, type FormView, field, idempotencyKey, refillForm } from '../form.ts';
import { idOrNull } from '../ids.ts';
import { isDecidedBy } from '../operations/rules.ts';
import { asRefusal, currentUser, refusalText, render, requireRole } from '../page.ts';
import { pageRouter } from '../router.ts';
import { loadInbox } from './load-inbox.ts';

/** The agents' inbox, and decisions on many operations at once. */
export function inboxPages() {
  const router = pageRouter();

  router.get('/inbox', requireRole('agent'), (ctx) => showInbox(ctx, emptyForm()));

  router.post('/inbox/decisions', requireRole('agent'), async (ctx) => {
    const ids = ctx.state.form.getAll('id').filter((id) => idOrNull(id) !== null);
    const decision = ctx.state.form.get('decision') === 'reject' ? 'reject' : 'approve';
    const reason = field(ctx, 'reason');
    const errors = {
      ...(ids.length === 0 ? { id: 'choose_operations' } : {}),
      ...(decision === 'reject' && reason === '' ? { reason: 'reason_needed' } : {}),
    };
    if (Object.keys(errors).length > 0) return showInbox(ctx, refillForm(ctx, { errors }), ids);
    try {
      const items = ids.map((id) => ({ id, decision, ...(reason === '' ? {} : { reason }) }) as const);
      // Loaded before the decision, while they are still pending.
      const { operations } = await loadInbox(ctx.state.api, inboxFilters(ctx));
      const { items: outcomes } = await ctx.state.api.accounts.decide(items, idempotencyKey(ctx));
      showOutcomes(ctx, outcomes, operations, decision);
    } catch (error) {
      await showInbox(ctx, refillForm(ctx, { refusal: asRefusal(error) }), ids);
    }
  });

  return router;
}

const inboxFilters = (ctx: PageContext) => readFilters(ctx, 'type', 'requester', 'from', 'to');

async function showInbox(ctx: PageContext, form: FormView, chosen: string[] = []): Promise<void> {
  const failed = form.refusal !== null || Object.keys(form.errors).length > 0;
  const status = failed ? ctx.status : 200;
  const filters = inboxFilters(ctx);
  const { operations, more } = await loadInbox(ctx.state.api, filters);
  render(ctx, 'inbox.njk', {
    operations: operations.map((operation) => ({
      ...operation,
      mine: isDecidedBy(operation, currentUser(ctx).id),
    })),
    more,
    filters,
    // Decisions keep the filters because the selected operations are found with them.
    action: withQuery('/inbox/decisions', filters),
    types: OPERATION_KINDS,
    form,
    chosen,
  });
  ctx.status = status;
}

function showOutcomes(
  ctx: PageContext,
  outcomes: DecisionOutcome[],
  operations: Operation[],
  decision: string,
): void {
  const known = new Map(operations.map((operation) => [operation.id, operation]));
  const explained = outcomes.map((outcome) => ({
    ...outcome,
    operation: known.get(outcome.id) ?? null,
    why: outcome.error === null ? null : refusalText(ctx, outcome.error),
  }));
  render(ctx, 'inbox-outcomes.njk', {
    decision,
    refused: explained.filter(({ error }) => error !== null),
    done: explained.filter(({ error }) => error === null),
  });
}
