import { timeOrDate } from '@guichet/calendar';
import { AccountCurrency, amountFilter, Id, IdParams, LENGTHS, paging, text } from '@guichet/contract';
import {
  INBOX_ORDERS,
  INBOX_TABS,
  InboxCountsView,
  InboxView,
  ReviewFactsView,
} from '@guichet/contract/accounts';
import { problems } from '@guichet/errors';
import { ok, readCursor, route, toCursor, token } from '@guichet/http';
import type { Caller } from '@guichet/tokens';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { KIND_FILTERS, kindsMeant } from '../kind-filter.ts';
import { viewOperation } from '../operations/views.ts';
import { findFacts, loadInbox } from './load-inbox.ts';
import { toJsonSum } from './views.ts';
import { countWaiting } from './waiting-store.ts';

const InboxQuery = z.strictObject({
  ...paging,
  tab: z.enum(INBOX_TABS).optional(),
  type: z.enum(KIND_FILTERS).optional(),
  currency: AccountCurrency.optional(),
  min_amount: amountFilter,
  max_amount: amountFilter,
  from: timeOrDate.optional(),
  to: timeOrDate.optional(),
  q: text(LENGTHS.search).min(1).optional(),
  order: z.enum(INBOX_ORDERS).default('oldest'),
  /** The operation that the page follows in its order, even if it was decided meanwhile. */
  after: Id.optional(),
});

/** What agents decide by: the waiting operations with the facts about each. */
export function inboxRoutes(deps: Deps) {
  return [
    route({
      method: 'GET',
      path: '/api/inbox',
      summary: 'List the operations that wait for an agent, with what to decide by',
      access: token({ scope: 'operations:decide' }),
      query: InboxQuery,
      replies: { 200: InboxView },
      handle: async ({ query, caller }) => {
        requireReading(caller);
        const filter = {
          agentId: caller.userId,
          tab: query.tab,
          kinds: query.type === undefined ? undefined : kindsMeant(query.type),
          currency: query.currency,
          minAmountMinor: query.min_amount,
          maxAmountMinor: query.max_amount,
          period: deps.rules.calendar.period(query),
          text: query.q,
        };
        const afterId = query.cursor === undefined ? query.after : readCursor(query.cursor, z.tuple([Id]))[0];
        const { order, limit } = query;
        const inbox = await loadInbox(deps, filter, { order, afterId, limit });
        return ok({
          items: inbox.items.map(({ state, facts }) => ({
            operation: viewOperation(state, 'agent'),
            facts,
          })),
          next: inbox.lastId === null ? null : toCursor([inbox.lastId]),
          total: inbox.sums.reduce((sum, { count }) => sum + count, 0),
          sums: inbox.sums.flatMap(({ currency, amountMinor }) =>
            amountMinor === null ? [] : [{ currency, amount: toJsonSum(amountMinor) }],
          ),
        });
      },
    }),
    route({
      method: 'GET',
      path: '/api/inbox/counts',
      summary: 'Count the operations that you can decide, and those that wait for another agent',
      access: token({ scope: 'operations:decide' }),
      replies: { 200: InboxCountsView },
      handle: async ({ caller }) => {
        const { mine, secondAgent } = await countWaiting(deps.reads, caller.userId);
        return ok({ mine, second_agent: secondAgent });
      },
    }),
    route({
      method: 'GET',
      path: '/api/operations/:id/review-facts',
      summary: 'Get what to decide an operation by',
      access: token({ scope: 'operations:decide' }),
      params: IdParams,
      replies: { 200: ReviewFactsView },
      handle: async ({ params, caller }) => {
        requireReading(caller);
        const facts = await findFacts(deps, params.id, caller.userId);
        if (facts === null) throw problems.not_found();
        return ok(facts);
      },
    }),
  ];
}

/** The facts show accounts and their holders, so a token that may decide but not read accounts does not get them. */
function requireReading({ scopes }: Caller): void {
  if (!scopes.includes('accounts:read')) throw problems.insufficient_scope();
}
