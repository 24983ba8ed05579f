import { LENGTHS, plainText } from '@guichet/contract';
import { Id, ok, route, token } from '@guichet/http';
import { z } from 'zod';
import { actorOf } from '../audit.ts';
import type { Bank } from '../bank.ts';
import type { Desk } from '../desk.ts';
import { refuse } from '../errors.ts';
import { readIdempotencyKey, toReply, whileRunning } from '../idempotency/answer-once.ts';
import { OperationView } from '../operations/views.ts';
import { onceKnown } from '../people/once-known.ts';
import { decideBundle } from './decide-bundle.ts';
import type { DecisionAction } from './rules.ts';

const IdParam = z.object({ id: Id });
const DECISION_REFUSALS = [
  refuse.not_pending,
  refuse.not_your_own_request,
  refuse.already_decided_by_you,
  refuse.account_not_open,
  refuse.account_not_empty,
  refuse.retired_rib,
  refuse.currency_mismatch,
  refuse.already_reversed,
  refuse.insufficient_funds,
  refuse.balance_too_large,
];

type Asking = Parameters<typeof readIdempotencyKey>[0] & { correlationId: string; params: { id: string } };

export function decisionRoutes(bank: Bank, desk: Desk) {
  const decide = (request: Asking, action: DecisionAction, reason: string | null) => {
    const key = readIdempotencyKey(request, { reason });
    return whileRunning(bank, key, async () =>
      toReply(
        await onceKnown(() =>
          desk.decide({
            operationId: request.params.id,
            action,
            by: actorOf(request.caller),
            reason,
            correlationId: request.correlationId,
            idempotency: key,
          }),
        ),
      ),
    );
  };
  return [
    route({
      method: 'POST',
      path: '/api/operations/:id/approve',
      summary: 'Approve an operation; the last required approval posts it',
      access: token({ scope: 'operations:decide' }),
      idempotent: true,
      params: IdParam,
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
      params: IdParam,
      body: z.strictObject({ reason: plainText(LENGTHS.reason) }),
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
      params: IdParam,
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
      body: z.strictObject({
        items: z
          .array(
            z.strictObject({
              id: Id,
              decision: z.enum(['approve', 'reject']),
              reason: plainText(LENGTHS.reason).nullish(),
            }),
          )
          .min(1)
          .max(1_000),
      }),
      replies: {
        200: z.object({
          items: z.array(
            z.object({
              id: Id,
              status: OperationView.shape.status.nullable(),
              error: z.object({ code: z.string(), title: z.string() }).nullable(),
            }),
          ),
        }),
      },
      refusals: [refuse.idempotency_key_reused, refuse.request_in_progress],
      handle: async (request) => {
        const key = readIdempotencyKey(request, request.body);
        const { items } = request.body;
        const { caller, correlationId } = request;
        return whileRunning(bank, key, async () => {
          const bundle = { items, by: actorOf(caller), correlationId, key };
          const { items: outcomes, replayed } = await decideBundle(bank, desk, bundle);
          return ok({ items: outcomes }, replayed ? { 'Idempotency-Replayed': 'true' } : {});
        });
      },
    }),
  ];
}
