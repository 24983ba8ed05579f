import type { Done } from '@guichet/chores';
import { problems } from '@guichet/errors';
import { Id, listOf, ok, paging, readCursor, route, toCursor, token } from '@guichet/http';
import { z } from 'zod';
import type { Bank } from '../bank.ts';
import { answerLongOnce, readIdempotencyKey } from '../idempotency/answer-once.ts';
import { findOperation } from '../operations/inbox-store.ts';
import { listEntriesOfOperation } from './history-store.ts';
import { lastReconciliation, type ReconciliationOutcome, reconcilesOnRequest } from './keep-reconciling.ts';
import { OperationEntryView, viewOperationEntry } from './views.ts';

const ReconciliationView = z.object({
  ok: z.boolean(),
  checks: z.array(
    z.object({
      name: z.string(),
      ok: z.boolean(),
      checked: z.int(),
      broken: z.array(
        z.object({
          id: z.string(),
          account_id: Id.nullable(),
          expected: z.string(),
          found: z.string(),
        }),
      ),
    }),
  ),
  finished_at: z.iso.datetime(),
});

const viewReconciliation = ({ outcome, finishedAt }: Done<ReconciliationOutcome>) => ({
  ok: outcome.ok,
  checks: outcome.checks,
  finished_at: finishedAt.toISOString(),
});

export function ledgerRoutes(bank: Bank) {
  const reconcileNow = reconcilesOnRequest(bank);
  const access = token({ scope: 'accounts:read', roles: ['agent'] });
  return [
    route({
      method: 'GET',
      path: '/api/operations/:id/entries',
      summary: 'The entries that an operation posted to the ledger; members see those of their own accounts',
      access: token({ scope: 'accounts:read' }),
      params: z.object({ id: Id }),
      query: z.strictObject(paging),
      replies: { 200: listOf(OperationEntryView) },
      handle: async ({ params, query, caller }) => {
        const isAgent = caller.role === 'agent';
        const operation = await findOperation(bank.db, params.id);
        if (operation === null || (!isAgent && operation.requesterId !== caller.userId)) {
          throw problems.not_found();
        }
        const page = await listEntriesOfOperation(bank.db, {
          operationId: operation.id,
          ownerId: isAgent ? undefined : caller.userId,
          afterId: query.cursor === undefined ? undefined : readCursor(query.cursor, z.tuple([Id]))[0],
          limit: query.limit,
        });
        const items = page.slice(0, query.limit);
        return ok({
          items: items.map(viewOperationEntry),
          next: page.length > query.limit ? toCursor([items.at(-1)?.id ?? '']) : null,
        });
      },
    }),
    route({
      method: 'GET',
      path: '/api/ledger/reconciliation',
      summary: 'The last reconciliation of the whole ledger',
      access,
      replies: { 200: ReconciliationView },
      handle: async () =>
        ok(viewReconciliation((await lastReconciliation(bank.db)) ?? (await reconcileNow()))),
    }),
    route({
      method: 'POST',
      path: '/api/ledger/reconciliation',
      summary: 'Reconcile the whole ledger now',
      access,
      idempotent: true,
      replies: { 200: ReconciliationView },
      handle: (request) =>
        answerLongOnce(bank, { key: readIdempotencyKey(request, null), now: bank.clock() }, async () => ({
          status: 200,
          body: viewReconciliation(await reconcileNow()),
        })),
    }),
  ];
}
