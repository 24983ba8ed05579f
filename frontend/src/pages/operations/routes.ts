import type { Operation } from '@guichet/contract/accounts';
import { isTheBank } from '../../rendering/the-bank.ts';
import type { PageContext } from '../../request-context.ts';
import { finishForm, refuseForm } from '../drafts.ts';
import { type FormProblem, field, idempotencyKey, missingFields, openForm } from '../form.ts';
import { idOrNull, idParam } from '../ids.ts';
import { inboxContext, openInbox } from '../inbox/inbox-list.ts';
import { nextInInbox } from '../inbox/next-in-inbox.ts';
import { isNewAccount } from '../inbox/rules.ts';
import { loadItems } from '../incoming/load-items.ts';
import { asRefusal, currentUser, redirectTo, refusalNotice, render, requireRole } from '../page.ts';
import { pageRouter } from '../router.ts';
import { settle } from '../settle.ts';
import { showList } from './list.ts';
import { loadOperation } from './load-operation.ts';
import { openedByUser } from './opened-by-user.ts';
import { againHref, isDecidedBy, isReversible, isScheduled, namesAccount } from './rules.ts';
import { verifyEntries } from './verify-entries.ts';

/** The list of operations, and the page of each. */
export function operationPages() {
  const router = pageRouter();

  router.get('/operations', requireRole('member', 'agent'), (ctx) => showList(ctx));

  router.get('/operations/:id', requireRole('member', 'agent'), openedByUser, (ctx) => showOperation(ctx));

  router.post('/operations/:id/cancel', requireRole('member'), (ctx) => cancel(ctx));

  router.post('/operations/:id/approve', requireRole('agent'), (ctx) =>
    decideAndGoOn(ctx, (id) => ctx.state.api.accounts.approve(id, idempotencyKey(ctx))),
  );

  router.post('/operations/:id/reject', requireRole('agent'), async (ctx) => {
    const errors = missingFields(ctx, 'reason');
    if (Object.keys(errors).length > 0)
      return refuseForm(ctx, { errors }, (form) => showOperation(ctx, form));
    const reason = field(ctx, 'reason');
    await decideAndGoOn(ctx, (id) => ctx.state.api.accounts.reject(id, reason, idempotencyKey(ctx)));
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

/** After a decision the next request of the inbox follows; after a refusal the same one again, with what refused it. */
async function decideAndGoOn(ctx: PageContext, decide: (id: string) => Promise<Operation>): Promise<void> {
  const id = idParam(ctx);
  try {
    const decided = await decide(id);
    const { status, type, amount, currency, requester, due_on: dueOn } = decided;
    const { views, locale } = ctx.state;
    redirectTo(ctx, await nextInInbox(ctx, id), {
      kind: 'success',
      key: `notices.operation_${isScheduled(decided) ? 'scheduled' : status}`,
      values: {
        date: views.formatsOf(locale).day(dueOn),
        what: [
          views.t(locale, `operation_types.${type}`, type),
          views.formatsOf(locale).money(amount, currency),
        ]
          .filter(Boolean)
          .join(' '),
        name: isTheBank(requester.username) ? views.t(locale, 'common.the_bank', '') : requester.username,
      },
    });
  } catch (error) {
    redirectTo(ctx, openInbox(ctx).href({}, `/operations/${id}`), refusalNotice(asRefusal(error)));
  }
}

async function cancel(ctx: PageContext): Promise<void> {
  // The page that closes an account lists the requests to withdraw first.
  const closing = idOrNull(field(ctx, 'closing'));
  const path = closing === null ? `/operations/${idParam(ctx)}` : `/accounts/${closing}/close`;
  try {
    await ctx.state.api.accounts.cancel(idParam(ctx), idempotencyKey(ctx));
    redirectTo(ctx, path, { kind: 'success', key: 'notices.operation_cancelled' });
  } catch (error) {
    redirectTo(ctx, path, refusalNotice(asRefusal(error)));
  }
}

async function showOperation(
  ctx: PageContext,
  form = openForm(ctx, `/operations/${idParam(ctx)}/reject`),
): Promise<void> {
  const { id, role } = currentUser(ctx);
  const isAgent = role === 'agent';
  const [details, facts] = await Promise.all([
    loadOperation(ctx, idParam(ctx)),
    isAgent ? settle(ctx, 'facts', ctx.state.api.accounts.reviewFacts(idParam(ctx))) : null,
  ]);
  const { operation } = details;
  const items = isAgent ? await loadItems(ctx, operation) : null;
  const isVerified = isAgent && ctx.query.verify === '1';
  const verification = isVerified ? await verifyEntries(ctx, operation.id) : null;
  const open = operation.status === 'pending' || operation.status === 'approved';
  render(ctx, 'operation.njk', {
    ...details,
    items,
    isStaff: isAgent,
    verification,
    verifyFailed: isVerified && verification === null,
    verifyHref: openInbox(ctx).href({}, ctx.path, { verify: '1' }),
    form,
    // They are those of now, and say nothing about a decision that was made.
    facts: open ? facts : null,
    isNewAccount: facts !== null && isNewAccount(facts, new Date()),
    inbox: isAgent ? inboxContext(ctx) : null,
    open,
    concernsCustomer: namesAccount(operation),
    may: {
      cancel: open && operation.requester.id === id && role === 'member',
      approve: open && isAgent && !isDecidedBy(operation, id) && !isScheduled(operation),
      reject: open && isAgent && !isDecidedBy(operation, id),
      reverse: isAgent && isReversible(operation),
      repeat: role === 'member' && operation.amount !== null ? againHref(operation) : null,
    },
  });
}
