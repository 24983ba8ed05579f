import { Id, IdParams, INCOMING_STATUSES, listOf, paging } from '@guichet/contract';
import { IncomingItemView, OPERATION_BODIES, OperationView } from '@guichet/contract/accounts';
import { queryOnce } from '@guichet/database';
import { problems } from '@guichet/errors';
import { accepted, ok, readCursor, route, toCursor, token, XmlFile } from '@guichet/http';
import { z } from 'zod';
import { actorOf } from '../audit.ts';
import type { CommandQueue } from '../command-queue.ts';
import type { Deps } from '../deps.ts';
import { refuse } from '../errors.ts';
import { type KeyedRequest, readIdempotencyKey, toReply } from '../idempotency/http.ts';
import { findFiles, findItem, listItems, listSuspense } from '../operations/file-store.ts';
import { findOperation } from '../operations/inbox-store.ts';
import { duplicateAcceptance } from '../operations/kinds/duplicate-acceptance.ts';
import { suspenseAssignment, suspenseReturn } from '../operations/kinds/suspense.ts';
import type { OperationState } from '../operations/operation.ts';
import { replyToRequest, requested } from '../operations/routes.ts';
import { viewOperation } from '../operations/views.ts';
import type { PaymentFile } from '../payment-files/payment-file.ts';
import type { FileKind } from '../payment-files/plan-file.ts';
import { readIncoming, readReturns } from '../payment-files/read-file.ts';
import { FILE_DEFINITIONS, meaningOf, readSent, receiveFile } from './receive-file.ts';
import { viewItem } from './views.ts';

const manage = token({ scope: 'payments:manage' });
const FILE_REFUSALS = [
  refuse.no_active_agent,
  refuse.invalid_file,
  refuse.file_already_received,
  refuse.idempotency_key_reused,
  refuse.request_in_progress,
];
const SUSPENSE_REFUSALS = [
  refuse.no_active_agent,
  refuse.not_in_suspense,
  refuse.already_requested,
  refuse.idempotency_key_reused,
  refuse.request_in_progress,
];

const received = (state: OperationState) => accepted(viewOperation(state, 'agent'));

const READERS = { incoming_payments: readIncoming, returned_payments: readReturns } as const;

/** Files from other banks, and the payments in them that wait in suspense. */
export function incomingRoutes(deps: Deps, queue: CommandQueue) {
  const receive = async (request: KeyedRequest & { body: Buffer }, kind: FileKind) => {
    const { caller, correlationId, body } = request;
    const file: PaymentFile = await readSent(body, READERS[kind]);
    const key = readIdempotencyKey(request, meaningOf(body));
    const idempotency = key === null ? null : { key, render: received };
    const wanted = {
      input: FILE_DEFINITIONS[kind].read(file),
      requester: actorOf(caller),
      correlationId,
      idempotency,
    };
    return toReply(await receiveFile(deps, wanted), received);
  };
  return [
    route({
      method: 'POST',
      path: '/api/payments/incoming',
      summary:
        'Receive payments from other banks: a camt.054.001.08 or pacs.008.001.08, which another agent approves',
      access: manage,
      idempotent: true,
      body: XmlFile,
      replies: { 202: OperationView },
      refusals: FILE_REFUSALS,
      handle: (request) => receive(request, 'incoming_payments'),
    }),
    route({
      method: 'POST',
      path: '/api/payments/returns',
      summary:
        'Receive payments that other banks return: a pacs.004.001.09, or a camt.054.001.08 with reasons of returns',
      access: manage,
      idempotent: true,
      body: XmlFile,
      replies: { 202: OperationView },
      refusals: FILE_REFUSALS,
      handle: (request) => receive(request, 'returned_payments'),
    }),
    route({
      method: 'GET',
      path: '/api/payments/incoming/:id/items',
      summary: 'List the payments of a file, in its order',
      access: manage,
      params: IdParams,
      query: z.strictObject({ ...paging, status: z.enum(INCOMING_STATUSES).optional() }),
      replies: { 200: listOf(IncomingItemView) },
      handle: async ({ params, query }) => {
        const [operation, files] = await Promise.all([
          findOperation(deps.db, params.id),
          queryOnce(deps.reads, findFiles([params.id])),
        ]);
        if (operation === null || !files.has(params.id)) throw problems.not_found();
        const { currency, createdAt: receivedAt } = operation;
        const { status, limit, cursor } = query;
        const after = cursor === undefined ? undefined : readCursor(cursor, z.tuple([z.int()]))[0];
        const page = await queryOnce(deps.reads, listItems(params.id, { status, after, limit }));
        const items = page.slice(0, limit);
        return ok({
          items: items.map((item) => viewItem({ ...item, currency, receivedAt })),
          next: page.length > limit ? toCursor([items.at(-1)?.number ?? 0]) : null,
        });
      },
    }),
    route({
      method: 'GET',
      path: '/api/payments/suspense',
      summary: 'List the payments that belong to no account yet, the oldest first',
      access: manage,
      query: z.strictObject(paging),
      replies: { 200: listOf(IncomingItemView) },
      handle: async ({ query }) => {
        const { limit, cursor } = query;
        const afterId = cursor === undefined ? undefined : readCursor(cursor, z.tuple([Id]))[0];
        const page = await queryOnce(deps.reads, listSuspense({ afterId, limit }));
        const items = page.slice(0, limit);
        return ok({
          items: items.map(viewItem),
          next: page.length > limit ? toCursor([items.at(-1)?.id ?? '']) : null,
        });
      },
    }),
    route({
      method: 'GET',
      path: '/api/payments/suspense/:id',
      summary: 'Get a payment that is or was in suspense',
      access: manage,
      params: IdParams,
      replies: { 200: IncomingItemView },
      handle: async ({ params }) => {
        const item = await queryOnce(deps.db, findItem(params.id));
        if (item === null || item.reason === null) throw problems.not_found();
        return ok(viewItem(item));
      },
    }),
    route({
      method: 'POST',
      path: '/api/payments/suspense/:id/assign',
      summary: 'Request that a payment in suspense is credited to an account; another agent approves it',
      access: manage,
      idempotent: true,
      params: IdParams,
      body: OPERATION_BODIES.suspense_assignment,
      replies: { 201: OperationView },
      refusals: [
        ...SUSPENSE_REFUSALS,
        refuse.account_not_found,
        refuse.account_not_open,
        refuse.currency_mismatch,
      ],
      handle: (request) => {
        const input = suspenseAssignment.read({ ...request.body, item_id: request.params.id });
        return replyToRequest(deps, queue, request, input, requested);
      },
    }),
    route({
      method: 'POST',
      path: '/api/payments/suspense/:id/return',
      summary: 'Request that a payment in suspense is sent back; another agent approves it',
      access: manage,
      idempotent: true,
      params: IdParams,
      body: OPERATION_BODIES.suspense_return,
      replies: { 201: OperationView },
      refusals: SUSPENSE_REFUSALS,
      handle: (request) => {
        const input = suspenseReturn.read({ ...request.body, item_id: request.params.id });
        return replyToRequest(deps, queue, request, input, requested);
      },
    }),
    route({
      method: 'GET',
      path: '/api/payments/duplicates/:id',
      summary: 'Get a payment that is or was taken for a duplicate',
      access: manage,
      params: IdParams,
      replies: { 200: IncomingItemView },
      handle: async ({ params }) => {
        const item = await queryOnce(deps.db, findItem(params.id));
        if (item === null || (item.status !== 'duplicate' && item.acceptanceId === null))
          throw problems.not_found();
        return ok(viewItem(item));
      },
    }),
    route({
      method: 'POST',
      path: '/api/payments/duplicates/:id/accept',
      summary:
        'Request that a payment is posted although it was taken for a duplicate; another agent approves it',
      access: manage,
      idempotent: true,
      params: IdParams,
      body: OPERATION_BODIES.duplicate_acceptance,
      replies: { 201: OperationView },
      refusals: [
        refuse.no_active_agent,
        refuse.not_a_duplicate,
        refuse.file_not_approved,
        refuse.already_requested,
        refuse.idempotency_key_reused,
        refuse.request_in_progress,
      ],
      handle: (request) => {
        const input = duplicateAcceptance.read({ ...request.body, item_id: request.params.id });
        return replyToRequest(deps, queue, request, input, requested);
      },
    }),
  ];
}
