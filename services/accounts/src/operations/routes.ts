import { timeOrDate } from '@guichet/calendar';
import {
  amountFilter,
  Id,
  IdParams,
  isPassive,
  LENGTHS,
  listOf,
  OPERATION_STATUSES,
  PassiveHeaders,
  paging,
  text,
} from '@guichet/contract';
import {
  NewOperation,
  NewVirement,
  OperationEntryView,
  OperationList,
  OperationView,
} from '@guichet/contract/accounts';
import { problems } from '@guichet/errors';
import { created, ok, type Reply, readCursor, route, toCursor, token } from '@guichet/http';
import type { Caller } from '@guichet/tokens';
import { z } from 'zod';
import { actorOf } from '../audit.ts';
import type { CommandQueue } from '../command-queue.ts';
import type { Deps } from '../deps.ts';
import { refuse } from '../errors.ts';
import { type KeyedRequest, readIdempotencyKey, toReply } from '../idempotency/http.ts';
import { KIND_FILTERS, kindsMeant } from '../kind-filter.ts';
import { listEntriesOfOperation } from '../ledger/history-store.ts';
import { viewOperationEntry } from '../ledger/views.ts';
import { parsePayeeIban } from '../ribs/read-payee-iban.ts';
import { findOperation, listOperations } from './inbox-store.ts';
import { definitionOf, type OperationInput } from './kinds/index.ts';
import { storedAs } from './life.ts';
import type { OperationState } from './operation.ts';
import { ORDERS } from './paths-store.ts';
import { recordOperationViewing } from './record-viewing.ts';
import { requestOperation, type SentProof, sentProof } from './request-operation.ts';
import { viewOperations } from './view-operations.ts';
import { viewerOf, viewOperation } from './views.ts';

/** Renders a new operation. */
export const requested = (state: OperationState) => created(viewOperation(state, 'requester'));

/** Requests one operation, once per key. */
export async function replyToRequest<Rendering extends Reply>(
  deps: Deps,
  queue: CommandQueue,
  request: KeyedRequest,
  input: OperationInput,
  render: (requested: OperationState) => Rendering,
  proof: SentProof | null = null,
): Promise<Rendering> {
  const { caller, correlationId } = request;
  const key = readIdempotencyKey(request, input);
  const idempotency = key === null ? null : { key, render };
  const wanted = { input, requester: actorOf(caller), correlationId, idempotency };
  return toReply(await requestOperation(deps, queue, wanted, proof), render);
}

const ID_LENGTH = 36;
const ID_PATTERN = '[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}';

const operationIds = text(200 * (ID_LENGTH + 1))
  .transform((ids) => ids.split(','))
  .pipe(z.array(Id).min(1).max(200))
  // JSON Schema cannot see through a transformation.
  .meta({
    type: 'string',
    pattern: `^${ID_PATTERN}(,${ID_PATTERN}){0,199}$`,
    description: 'Up to 200 ids, with commas between them',
  });

export const REQUEST_REFUSALS = [
  refuse.no_active_agent,
  refuse.insufficient_funds,
  refuse.account_not_open,
  refuse.retired_rib,
  refuse.currency_mismatch,
  refuse.already_reversed,
  refuse.not_reversible,
  refuse.already_in_batch,
  refuse.limit_exceeded,
  refuse.account_not_found,
  refuse.same_account,
  refuse.invalid_iban,
  refuse.invalid_rib,
  refuse.not_your_account_pair,
  refuse.totp_required,
  refuse.invalid_totp,
  refuse.idempotency_key_reused,
  refuse.request_in_progress,
];

export function operationRoutes(deps: Deps, queue: CommandQueue) {
  return [
    route({
      method: 'POST',
      path: '/api/operations',
      summary: 'Request a deposit, withdrawal or transfer; as an agent, a reversal',
      access: token({ anyOf: ['operations:write', 'operations:decide'] }),
      idempotent: true,
      body: NewOperation,
      replies: { 201: OperationView },
      refusals: REQUEST_REFUSALS,
      handle: (request) => {
        const { body } = request;
        const input = definitionOf({ kind: body.type }).read(body) as OperationInput;
        return replyToRequest(deps, queue, request, input, requested, sentProof(body));
      },
    }),
    route({
      method: 'POST',
      path: '/api/virement',
      summary: 'Request a transfer (kept for clients of the first version)',
      access: token({ scope: 'operations:write' }),
      idempotent: true,
      body: NewVirement,
      replies: { 201: OperationView },
      refusals: REQUEST_REFUSALS,
      handle: (request) =>
        replyToRequest(deps, queue, request, virementOf(request.body), requested, sentProof(request.body)),
    }),
    route({
      method: 'GET',
      path: '/api/operations',
      summary: 'List your operations; as an agent, all operations',
      access: token({ scope: 'accounts:read' }),
      query: z.strictObject({
        ...paging,
        status: z.enum(OPERATION_STATUSES).optional(),
        type: z.enum(KIND_FILTERS).optional(),
        account: Id.optional(),
        requester: text(LENGTHS.correlationId).min(1).optional(),
        from: timeOrDate.optional(),
        to: timeOrDate.optional(),
        min_amount: amountFilter,
        max_amount: amountFilter,
        q: text(LENGTHS.search).min(1).optional(),
        /** Up to 200 ids, with commas between them. */
        ids: operationIds.optional(),
        order: z.enum(ORDERS).default('newest'),
      }),
      replies: { 200: OperationList },
      handle: async ({ query, caller }) => {
        if (isAnother(caller, query.requester)) return ok({ items: [], next: null, searched_from: null });
        const { page, searchedFrom } = await listOperations(deps.reads, {
          requester: caller.role === 'agent' ? query.requester?.toLowerCase() : caller.userId,
          statuses: query.status === undefined ? undefined : storedAs(query.status),
          kinds: query.type === undefined ? undefined : kindsMeant(query.type),
          accountId: query.account,
          ids: query.ids,
          minAmountMinor: query.min_amount,
          maxAmountMinor: query.max_amount,
          text: query.q,
          viewer: viewerOf(caller),
          period: deps.rules.calendar.period(query),
          order: query.order,
          afterId: query.cursor === undefined ? undefined : readCursor(query.cursor, z.tuple([Id]))[0],
          limit: query.limit,
        });
        const items = page.slice(0, query.limit);
        return ok({
          items: await viewOperations(deps.reads, items, viewerOf(caller)),
          next: page.length > query.limit ? toCursor([items.at(-1)?.id ?? '']) : null,
          searched_from: searchedFrom?.toISOString() ?? null,
        });
      },
    }),
    route({
      method: 'GET',
      path: '/api/operations/:id',
      summary: 'Get an operation',
      access: token({ scope: 'accounts:read' }),
      params: IdParams,
      headers: PassiveHeaders,
      replies: { 200: OperationView },
      handle: async ({ params, caller, correlationId, headers, isHead }) => {
        const operation = await findOperation(deps.db, params.id);
        if (operation === null || (caller.role !== 'agent' && operation.requesterId !== caller.userId)) {
          throw problems.not_found();
        }
        // Before the answer: what is shown to an agent is logged, or it isn't shown.
        if (!isHead)
          await recordOperationViewing(deps, operation, {
            caller,
            correlationId,
            isPassive: isPassive(headers),
          });
        const [shown] = await viewOperations(deps.db, [operation], viewerOf(caller));
        if (shown === undefined) throw problems.not_found();
        return ok(shown);
      },
    }),
    route({
      method: 'GET',
      path: '/api/operations/:id/entries',
      summary: 'List the ledger entries of an operation; members see those of their own accounts',
      access: token({ scope: 'accounts:read' }),
      params: IdParams,
      query: z.strictObject(paging),
      replies: { 200: listOf(OperationEntryView) },
      handle: async ({ params, query, caller }) => {
        const isAgent = caller.role === 'agent';
        const operation = await findOperation(deps.db, params.id);
        if (operation === null || (!isAgent && operation.requesterId !== caller.userId)) {
          throw problems.not_found();
        }
        const all = await listEntriesOfOperation(deps.db, {
          operationId: operation.id,
          ownerId: isAgent ? undefined : caller.userId,
        });
        const after = query.cursor === undefined ? '' : readCursor(query.cursor, z.tuple([Id]))[0];
        const rest = all.map(viewOperationEntry).filter(({ id }) => id > after);
        const items = rest.slice(0, query.limit);
        return ok({ items, next: rest.length > query.limit ? toCursor([items.at(-1)?.id ?? '']) : null });
      },
    }),
  ];
}

/** A member who filters by another user gets an empty list: members see only their own operations. */
function isAnother(caller: Caller, requester: string | undefined): boolean {
  if (caller.role === 'agent' || requester === undefined) return false;
  const named = requester.toLowerCase();
  return named !== caller.userId && named !== caller.username;
}

function virementOf(body: z.output<typeof NewVirement>): OperationInput {
  const common = {
    fromAccountId: (body.from_account_id ?? body.compte_source) as string,
    amountMinor: BigInt((body.amount ?? body.montant) as number),
    reference: body.reference ?? null,
    executeOn: null,
  };
  const toAccountId = body.to_account_id ?? body.compte_destination;
  if (toAccountId !== undefined) return { kind: 'internal_transfer', toAccountId, ...common };
  return {
    kind: 'external_transfer',
    toName: body.to?.name ?? null,
    toIban: parsePayeeIban(body.to ?? body),
    ...common,
  };
}
