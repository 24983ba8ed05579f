import { Id, IdParams, listOf, paging, STANDING_ORDER_STATUSES } from '@guichet/contract';
import {
  OPERATION_BODIES,
  OperationView,
  type StandingOrder as OrderShown,
  StandingOrderView,
} from '@guichet/contract/accounts';
import { queryOnce } from '@guichet/database';
import { problems } from '@guichet/errors';
import { noContent, ok, readCursor, route, toCursor, token } from '@guichet/http';
import type { Caller } from '@guichet/tokens';
import { z } from 'zod';
import { actorOf } from '../audit.ts';
import type { CommandQueue } from '../command-queue.ts';
import type { Deps } from '../deps.ts';
import { refuse } from '../errors.ts';
import { type KeyedRequest, readIdempotencyKey, toReply } from '../idempotency/http.ts';
import { standingOrder } from '../operations/kinds/standing-order.ts';
import { findOrders, listOrders, listPayments } from '../operations/order-store.ts';
import { sentProof } from '../operations/request-operation.ts';
import { REQUEST_REFUSALS, replyToRequest, requested } from '../operations/routes.ts';
import type { StandingOrder } from '../operations/standing-order.ts';
import { readOperations } from '../operations/store.ts';
import { viewOperations } from '../operations/view-operations.ts';
import { viewerOf } from '../operations/views.ts';
import { type ChangedOrder, changeOrder, type OrderChange } from './change-order.ts';
import { viewOrders } from './views.ts';

const CHANGE_REFUSALS = [
  refuse.order_not_active,
  refuse.account_not_open,
  refuse.retired_rib,
  refuse.currency_mismatch,
  refuse.idempotency_key_reused,
  refuse.request_in_progress,
];

const changed = ({ shown }: ChangedOrder) => ok(shown);

/** @throws Problem not_found, also for one that is another member's */
async function readableOrder({ db }: Deps, caller: Caller, id: string): Promise<StandingOrder> {
  const order = (await queryOnce(db, findOrders([id]))).get(id);
  if (order === undefined || (caller.role !== 'agent' && order.ownerId !== caller.userId))
    throw problems.not_found();
  return order;
}

export function standingOrderRoutes(deps: Deps, queue: CommandQueue) {
  const change = async (request: KeyedRequest & { params: { id: string } }, wanted: OrderChange) => {
    const { params, caller, correlationId } = request;
    const key = readIdempotencyKey(request, null);
    const idempotency = key === null ? null : { key, render: changed };
    const by = actorOf(caller);
    const outcome = await changeOrder(
      deps,
      queue,
      { id: params.id, change: wanted, by, correlationId },
      idempotency,
    );
    return toReply(outcome, changed);
  };
  return [
    route({
      method: 'POST',
      path: '/api/standing-orders',
      summary: 'Request a standing order',
      access: token({ scope: 'operations:write' }),
      idempotent: true,
      body: OPERATION_BODIES.standing_order,
      replies: { 201: OperationView },
      refusals: [...REQUEST_REFUSALS, refuse.order_not_active],
      handle: (request) => {
        const { body } = request;
        return replyToRequest(deps, queue, request, standingOrder.read(body), requested, sentProof(body));
      },
    }),
    route({
      method: 'GET',
      path: '/api/standing-orders',
      summary: 'List your standing orders; as an agent, all standing orders',
      access: token({ scope: 'accounts:read' }),
      query: z.strictObject({
        ...paging,
        account: Id.optional(),
        status: z.enum(STANDING_ORDER_STATUSES).optional(),
      }),
      replies: { 200: listOf(StandingOrderView) },
      handle: async ({ query, caller }) => {
        const isAgent = caller.role === 'agent';
        const page = await listOrders(deps.reads, {
          ownerId: isAgent ? undefined : caller.userId,
          accountId: query.account,
          status: query.status,
          afterId: query.cursor === undefined ? undefined : readCursor(query.cursor, z.tuple([Id]))[0],
          limit: query.limit,
        });
        const items = page.slice(0, query.limit);
        return ok({
          items: await viewOrders(deps.reads, items, viewerOf(caller)),
          next: page.length > query.limit ? toCursor([items.at(-1)?.id ?? '']) : null,
        });
      },
    }),
    route({
      method: 'GET',
      path: '/api/standing-orders/:id',
      summary: 'Get a standing order',
      access: token({ scope: 'accounts:read' }),
      params: IdParams,
      replies: { 200: StandingOrderView },
      handle: async ({ params, caller }) => {
        const order = await readableOrder(deps, caller, params.id);
        const [shown] = await viewOrders(deps.db, [order], viewerOf(caller));
        return ok(shown as OrderShown);
      },
    }),
    route({
      method: 'GET',
      path: '/api/standing-orders/:id/payments',
      summary: 'List the payments of a standing order, the last first',
      access: token({ scope: 'accounts:read' }),
      params: IdParams,
      query: z.strictObject(paging),
      replies: { 200: listOf(OperationView) },
      handle: async ({ params, query, caller }) => {
        const { id } = await readableOrder(deps, caller, params.id);
        const before =
          query.cursor === undefined ? undefined : readCursor(query.cursor, z.tuple([z.int()]))[0];
        const page = await queryOnce(deps.reads, listPayments(id, { before, limit: query.limit }));
        const shown = page.slice(0, query.limit);
        const operations = await queryOnce(
          deps.reads,
          readOperations(shown.map(({ operationId }) => operationId)),
        );
        return ok({
          items: await viewOperations(
            deps.reads,
            shown.flatMap(({ operationId }) => operations.get(operationId) ?? []),
            viewerOf(caller),
          ),
          next: page.length > query.limit ? toCursor([shown.at(-1)?.number ?? 0]) : null,
        });
      },
    }),
    route({
      method: 'POST',
      path: '/api/standing-orders/:id/pause',
      summary: 'Pause your standing order',
      access: token({ scope: 'operations:write' }),
      idempotent: true,
      params: IdParams,
      replies: { 200: StandingOrderView },
      refusals: CHANGE_REFUSALS,
      handle: (request) => change(request, 'pause'),
    }),
    route({
      method: 'POST',
      path: '/api/standing-orders/:id/resume',
      summary: 'Resume your standing order with its next date from tomorrow on',
      access: token({ scope: 'operations:write' }),
      idempotent: true,
      params: IdParams,
      replies: { 200: StandingOrderView },
      refusals: CHANGE_REFUSALS,
      handle: (request) => change(request, 'resume'),
    }),
    route({
      method: 'DELETE',
      path: '/api/standing-orders/:id',
      summary: 'End your standing order; one that waits for an agent is cancelled',
      access: token({ scope: 'operations:write' }),
      params: IdParams,
      replies: { 204: null },
      handle: async (request) => {
        await change({ ...request, idempotencyKey: null }, 'end');
        return noContent();
      },
    }),
  ];
}
