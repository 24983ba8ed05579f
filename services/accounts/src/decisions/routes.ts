import { IdempotencyKey, IdParams } from '@guichet/contract';
import { BulkDecision, BulkDecisionView, OperationView, Rejection } from '@guichet/contract/accounts';
import { problems } from '@guichet/errors';
import { ok, route, token } from '@guichet/http';
import { z } from 'zod';
import { actorOf } from '../audit.ts';
import type { CommandQueue } from '../command-queue.ts';
import type { Deps } from '../deps.ts';
import { refuse } from '../errors.ts';
import { type KeyedRequest, readIdempotencyKey, toReply } from '../idempotency/http.ts';
import { findReply } from '../idempotency/once.ts';
import type { OperationState } from '../operations/operation.ts';
import { viewOperation } from '../operations/views.ts';
import { type BulkOutcome, decideInBulk } from './decide-in-bulk.ts';
import { decideOperation } from './decide-operation.ts';
import type { DecisionAction } from './rules.ts';

const DECISION_REFUSALS = [
  refuse.not_pending,
  refuse.not_your_own_request,
  refuse.already_decided_by_you,
  refuse.account_not_open,
  refuse.account_not_empty,
  refuse.retired_rib,
  refuse.currency_mismatch,
  refuse.already_reversed,
  refuse.already_in_batch,
  refuse.insufficient_funds,
  refuse.balance_too_large,
  refuse.overdraft_in_use,
  refuse.order_not_active,
  refuse.idempotency_key_reused,
  refuse.request_in_progress,
];

const decided = (state: OperationState) => ok(viewOperation(state, 'agent'));

const cancelled = (state: OperationState) => ok(viewOperation(state, 'requester'));

const decidedInBulk = ({ items }: BulkOutcome) =>
  ok({ items: items.map(({ id, status, refusal }) => ({ id, status, error: refusal })) });

export function decisionRoutes(deps: Deps, queue: CommandQueue) {
  const decide = async (
    request: KeyedRequest & { params: { id: string } },
    action: DecisionAction,
    reason: string | null,
  ) => {
    const { params, caller, correlationId } = request;
    const key = readIdempotencyKey(request, { reason });
    const render = action === 'cancel' ? cancelled : decided;
    const command = {
      operationId: params.id,
      action,
      by: actorOf(caller),
      reason,
      correlationId,
      idempotency: key === null ? null : { key, render },
    };
    return toReply(await decideOperation(deps, queue, command), render);
  };
  return [
    route({
      method: 'POST',
      path: '/api/operations/:id/approve',
      summary: 'Approve an operation; the last required approval posts it',
      access: token({ scope: 'operations:decide' }),
      idempotent: true,
      params: IdParams,
      replies: { 200: OperationView },
      refusals: DECISION_REFUSALS,
      handle: (request) => decide(request, 'approve', null),
    }),
    route({
      method: 'POST',
      path: '/api/operations/:id/reject',
      summary: 'Reject an operation and release its hold',
      access: token({ scope: 'operations:decide' }),
      idempotent: true,
      params: IdParams,
      body: Rejection,
      replies: { 200: OperationView },
      refusals: DECISION_REFUSALS,
      handle: (request) => decide(request, 'reject', request.body.reason),
    }),
    route({
      method: 'POST',
      path: '/api/operations/:id/cancel',
      summary: 'Cancel your own request',
      access: token({ scope: 'operations:write' }),
      idempotent: true,
      params: IdParams,
      replies: { 200: OperationView },
      refusals: DECISION_REFUSALS,
      handle: (request) => decide(request, 'cancel', null),
    }),
    route({
      method: 'POST',
      path: '/api/operations/decisions',
      summary: 'Approve or reject up to 1,000 operations, each independently',
      access: token({ scope: 'operations:decide' }),
      idempotent: true,
      body: BulkDecision,
      replies: { 200: BulkDecisionView },
      refusals: [refuse.idempotency_key_reused, refuse.request_in_progress],
      handle: async (request) => {
        const { body, caller, correlationId } = request;
        const key = readIdempotencyKey(request, body);
        const idempotency = key === null ? null : { key, render: decidedInBulk };
        const bulk = { items: body.items, by: actorOf(caller), correlationId, idempotency };
        return toReply(await decideInBulk(deps, queue, bulk), decidedInBulk);
      },
    }),
    route({
      method: 'GET',
      path: '/api/operations/decisions/:key',
      summary: 'Get the outcome of your decisions that were sent with this Idempotency-Key, for 24 hours',
      access: token({ scope: 'operations:decide' }),
      params: z.object({ key: IdempotencyKey }),
      replies: { 200: BulkDecisionView },
      refusals: [refuse.request_in_progress],
      handle: async ({ params, caller }) => {
        const stored = await findReply(deps.db, caller.userId, params.key);
        if (stored === null) throw problems.not_found();
        if (stored.body === null) throw refuse.request_in_progress();
        // The key may be one of another request, whose reply has another form.
        const outcome = BulkDecisionView.safeParse(stored.body);
        if (!outcome.success) throw problems.not_found();
        return ok(outcome.data);
      },
    }),
  ];
}
