import { randomUUID } from 'node:crypto';
import type { DecisionOutcome, Operation } from '@guichet/contract/accounts';
import { Problem, problems } from '@guichet/errors';
import type { PageContext } from '../../request-context.ts';
import { finishForm, refuseForm } from '../drafts.ts';
import { type FormProblem, type FormView, field, idempotencyKey, openForm } from '../form.ts';
import { asRefusal, currentUser, redirectTo, refusalText, render, requireRole } from '../page.ts';
import { pageRouter } from '../router.ts';
import { openInbox } from './inbox-list.ts';
import { obstacleFor, type Result, resultOf, sumsOf } from './rules.ts';
import { carry, findInOrder, findMatching, findOperations, selectionOf } from './selection.ts';

const DECISIONS = '/inbox/decisions';
const KEY = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Decisions on many operations at once: the confirmation and the outcome, each with its own address. */
export function inboxDecisionPages() {
  const router = pageRouter();
  const isAgent = requireRole('agent');

  router.get('/inbox/confirm', isAgent, (ctx) => confirm(ctx, openForm(ctx, DECISIONS)));

  router.post(DECISIONS, isAgent, async (ctx) => {
    const list = openInbox(ctx);
    const { ids, decision, isAll } = selectionOf(ctx);
    if (ids.length === 0)
      return redirectTo(ctx, list.href(), { kind: 'refusal', key: 'errors.choose_operations' });
    const refuse = (problem: FormProblem) =>
      refuseForm(
        ctx,
        { ...problem, page: '/inbox/confirm', ...(isAll ? { query: { all: 'yes', decision } } : {}) },
        (form) => confirm(ctx, form),
      );
    const reason = field(ctx, 'reason');
    if (decision === 'reject' && reason === '') return refuse({ errors: { reason: 'reason_needed' } });
    const key = idempotencyKey(ctx);
    try {
      const items = ids.map(
        (id) => ({ id, decision, ...(decision === 'reject' ? { reason } : {}) }) as const,
      );
      await ctx.state.api.accounts.decide(items, key);
    } catch (error) {
      return refuse({ refusal: asRefusal(error) });
    }
    await finishForm(ctx, list.href({}, `/inbox/outcomes/${key}`, { decision }));
  });

  router.get('/inbox/outcomes/:key', isAgent, async (ctx) => {
    const key = ctx.params.key ?? '';
    if (!KEY.test(key)) throw problems.not_found();
    const list = openInbox(ctx);
    let outcomes: DecisionOutcome[];
    try {
      ({ items: outcomes } = await ctx.state.api.accounts.decisionOutcome(key));
    } catch (error) {
      if (!(error instanceof Problem) || error.code !== 'request_in_progress') throw error;
      return redirectTo(ctx, list.href(), { kind: 'info', key: 'notices.decisions_unfinished' });
    }
    const found = await findOperations(
      ctx,
      outcomes.map(({ id }) => id),
    );
    const agentId = currentUser(ctx).id;
    const rows = outcomes.map((outcome) => {
      const operation = found.get(outcome.id);
      const result = resultOf(outcome, operation, agentId);
      return { id: outcome.id, operation: operation ?? null, result, why: whyOf(ctx, result, outcome) };
    });
    render(ctx, 'inbox-outcomes.njk', {
      groups: groupsOf(rows),
      back: list.href(),
      operationHref: (id: string) => list.href({}, `/operations/${id}`),
    });
  });

  return router;
}

async function confirm(ctx: PageContext, form: FormView): Promise<void> {
  const list = openInbox(ctx);
  const selection = selectionOf(ctx);
  const { ids, decision } = selection;
  // A filter that was lost or misread would match more than the agent saw.
  const isUnclear = list.isLost || Object.keys(list.errors).length > 0;
  if (selection.isAll ? isUnclear : ids.length === 0)
    return redirectTo(ctx, list.href(), { kind: 'refusal', key: 'errors.choose_operations' });
  const agentId = currentUser(ctx).id;
  const known =
    selection.isAll && ids.length === 0 ? await findMatching(ctx, list) : await findInOrder(ctx, ids);
  const obstacles = known.flatMap((operation) => {
    const obstacle = obstacleFor(operation, agentId);
    return obstacle === null ? [] : [{ operation, obstacle }];
  });
  const decidable = known.filter((operation) => obstacleFor(operation, agentId) === null);
  const { query, fields } = carry(selection, decidable);
  render(ctx, 'inbox-confirm.njk', {
    decision,
    form,
    decidable,
    sums: sumsOf(decidable),
    obstacles,
    unknown: Math.max(0, ids.length - known.length),
    warnings: {
      no_match: decidable.filter((one) => one.payee_check === 'no_match').length,
      close_match: decidable.filter((one) => one.payee_check === 'close_match').length,
      two_agents: decidable.filter((one) => one.required_approvals > 1 && one.status === 'pending').length,
    },
    action: list.href({}, DECISIONS, { decision, ...query }),
    fields,
    back: list.href(),
    newKey: randomUUID,
  });
}

function whyOf(ctx: PageContext, { what, code }: Result, { error }: DecisionOutcome): string | null {
  if (what !== 'refused' || code === null) return null;
  return refusalText(ctx, { code, title: error?.title ?? code });
}

interface Row {
  id: string;
  operation: Operation | null;
  result: Result;
  why: string | null;
}

interface Group {
  result: Result;
  why: string | null;
  rows: Row[];
  sums: ReturnType<typeof sumsOf>;
}

/** The rows by their outcome. Refusals come first, so that the agent sees them. */
function groupsOf(rows: readonly Row[]): Group[] {
  const order = ['refused', 'expired', 'cancelled_by', 'decided_by', 'second_agent', 'posted', 'rejected'];
  const groups = Map.groupBy(
    rows,
    ({ result: { what, by, code } }) => `${order.indexOf(what)} ${by} ${code}`,
  );
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, members]) => {
      const [first] = members as [Row];
      const { result, why } = first;
      return {
        result,
        why,
        rows: members,
        sums: sumsOf(members.flatMap(({ operation }) => operation ?? [])),
      };
    });
}
