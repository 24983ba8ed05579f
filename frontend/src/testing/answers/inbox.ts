import {
  type BulkDecision,
  BulkDecisionView,
  type DecisionOutcome,
  type Inbox,
  InboxCountsView,
  InboxView,
  type Operation,
  type ReviewFacts,
  ReviewFactsView,
} from '@guichet/contract/accounts';
import type { Received } from '../messages.ts';
import { household, savings } from './accounts.ts';
import { receivedFile } from './incoming.ts';
import { interestRuns } from './interest-runs.ts';
import { allOperations, postedTransfer } from './operations.ts';
import { sentTransfer } from './payments.ts';
import { alice } from './people.ts';
import { type Answers, byId, type Call, one } from './replies.ts';
import { orderRequests } from './standing-orders.ts';

const waiting = allOperations.filter(({ status }) => status === 'pending');

/** The outcomes of bulk decisions, by idempotency key. */
const outcomesByKey = new Map<string, DecisionOutcome[]>();

export function inboxAnswers({ request, id }: Call): Answers {
  return {
    'GET /api/inbox': () => one(InboxView, inboxFor(request)),
    'GET /api/inbox/counts': () => one(InboxCountsView, { mine: waiting.length, second_agent: 0 }),
    'GET /api/operations/:id/review-facts': () => {
      const operation = byId(
        [...allOperations, ...orderRequests, sentTransfer, receivedFile, ...interestRuns],
        id,
      );
      return one(ReviewFactsView, operation && factsOf(operation));
    },
    'GET /api/operations/decisions/:id': () =>
      one(BulkDecisionView, {
        items: outcomesByKey.get(id) ?? [{ id: postedTransfer.id, status: 'posted', error: null }],
      }),
    'POST /api/operations/decisions': () => {
      const items = outcomesOf(request);
      outcomesByKey.set(String(request.headers['idempotency-key']), items);
      return one(BulkDecisionView, { items });
    },
  };
}

function inboxFor({ query }: Received): Inbox {
  const all = query.get('tab') === 'second_agent' ? [] : waiting;
  const after = query.get('after');
  const from = after === null ? 0 : all.findIndex(({ id }) => id === after) + 1;
  const page = all.slice(from, from + Number(query.get('limit') ?? 50));
  return {
    items: page.map((operation) => ({ operation, facts: factsOf(operation) })),
    next: null,
    total: all.length,
    sums: [{ currency: 'EUR', amount: all.reduce((sum, { amount }) => sum + (amount ?? 0), 0) }],
  };
}

function factsOf(operation: Operation): ReviewFacts {
  const { id, to, payee_check: check, required_approvals: approvals } = operation;
  return {
    operation_id: id,
    can_decide: operation.status === 'pending',
    customer: { id: alice.id, username: 'alice', verified_name: 'Alice Martin' },
    account: {
      id: household.id,
      name: household.name,
      currency: 'EUR',
      opened_at: household.opened_at,
      available_before: 482_317,
      available_after: 398_317,
    },
    receiving_account: operation.type === 'internal_transfer' ? { id: savings.id, name: savings.name } : null,
    payee: to === null ? null : { verified_name: null, is_ours: false, is_first_payment: true, check },
    others_today: { count: 2, sums: [{ currency: 'EUR', amount: 12_000 }] },
    second_agent:
      approvals > 1 ? { reason: 'above_threshold', threshold: 1_000_000, approved_today: 0 } : null,
  };
}

/** The first decision of a bulk decision is refused. */
function outcomesOf({ body }: Received): DecisionOutcome[] {
  const { items } = body as BulkDecision;
  return items.map(({ id, decision }, index) =>
    index === 0
      ? {
          id,
          status: 'pending',
          error: { code: 'insufficient_funds', title: 'Insufficient funds' },
        }
      : { id, status: decision === 'approve' ? 'posted' : 'rejected', error: null },
  );
}
