import { timeOrDate } from '@guichet/calendar';
import { ENTRY_DIRECTIONS, IdParams, LENGTHS, listOf, paging, queryInteger, text } from '@guichet/contract';
import { BalanceView, EntryView, ReconciliationView } from '@guichet/contract/accounts';
import { ok, readCursor, route, toCursor, token } from '@guichet/http';
import { MAX_AMOUNT_MINOR, toJsonMinor } from '@guichet/money';
import type { JobRun } from '@guichet/scheduled-jobs';
import { z } from 'zod';
import { readableAccount } from '../accounts/readable-account.ts';
import type { Deps } from '../deps.ts';
import { readIdempotencyKey, toReply } from '../idempotency/http.ts';
import { onceOutsideTransaction } from '../idempotency/once.ts';
import { KIND_FILTERS, kindsMeant } from '../kind-filter.ts';
import { balanceAt, listEntries, withReversals } from './history-store.ts';
import { lastReconciliation, type ReconciliationOutcome, reconcilesOnRequest } from './keep-reconciling.ts';
import { viewEntry } from './views.ts';

const amountQuery = queryInteger({ min: 0, max: Number(MAX_AMOUNT_MINOR) });
const EntriesQuery = z.strictObject({
  ...paging,
  from: timeOrDate.optional(),
  to: timeOrDate.optional(),
  type: z.enum(KIND_FILTERS).optional(),
  direction: z.enum(ENTRY_DIRECTIONS).optional(),
  min_amount: amountQuery.optional(),
  max_amount: amountQuery.optional(),
  q: text(LENGTHS.search).min(1).optional(),
});

const reconciled = ({ outcome, finishedAt }: JobRun<ReconciliationOutcome>) =>
  ok({ ok: outcome.ok, checks: outcome.checks, finished_at: finishedAt.toISOString() });

export function ledgerRoutes(deps: Deps) {
  const reconcileNow = reconcilesOnRequest(deps);
  const access = token({ scope: 'accounts:read', roles: ['agent'] });
  return [
    route({
      method: 'GET',
      path: '/api/accounts/:id/balance',
      summary: 'Get the balance of an account at a time (inclusive; a bare date means the end of that day)',
      access: token({ scope: 'accounts:read' }),
      params: IdParams,
      query: z.strictObject({ at: timeOrDate.optional() }),
      replies: { 200: BalanceView },
      handle: async ({ params, query, caller }) => {
        const account = await readableAccount(deps, caller, params.id);
        const at = query.at === undefined ? deps.clock() : deps.rules.calendar.instant(query.at);
        const balanceMinor =
          query.at === undefined ? account.balanceMinor : await balanceAt(deps.db, account.id, at);
        return ok({ balance: toJsonMinor(balanceMinor), currency: account.currency, at: at.toISOString() });
      },
    }),
    route({
      method: 'GET',
      path: '/api/accounts/:id/transactions',
      summary: 'List the transactions of an account, newest first',
      access: token({ scope: 'accounts:read' }),
      params: IdParams,
      query: EntriesQuery,
      replies: { 200: listOf(EntryView) },
      handle: async ({ params, query, caller }) => {
        const account = await readableAccount(deps, caller, params.id);
        const minor = (amount: number | undefined) => (amount === undefined ? undefined : BigInt(amount));
        const page = await listEntries(deps.db, {
          accountId: account.id,
          period: deps.rules.calendar.period(query),
          kinds: query.type === undefined ? undefined : kindsMeant(query.type),
          direction: query.direction,
          minAmountMinor: minor(query.min_amount),
          maxAmountMinor: minor(query.max_amount),
          text: query.q,
          beforeNumber:
            query.cursor === undefined ? undefined : BigInt(readCursor(query.cursor, z.tuple([z.int()]))[0]),
          limit: query.limit,
        });
        const items = page.slice(0, query.limit);
        return ok({
          items: (await withReversals(deps.db, items)).map(viewEntry),
          next: page.length > query.limit ? toCursor([Number(items.at(-1)?.number)]) : null,
        });
      },
    }),
    route({
      method: 'GET',
      path: '/api/ledger/reconciliation',
      summary: 'Get the last reconciliation of the ledger',
      access,
      replies: { 200: ReconciliationView },
      handle: async () => reconciled((await lastReconciliation(deps.db)) ?? (await reconcileNow())),
    }),
    route({
      method: 'POST',
      path: '/api/ledger/reconciliation',
      summary: 'Reconcile the ledger now',
      access,
      idempotent: true,
      replies: { 200: ReconciliationView },
      handle: async (request) => {
        const key = readIdempotencyKey(request, null);
        const idempotency = key === null ? null : { key, render: reconciled };
        return toReply(await onceOutsideTransaction(deps, idempotency, reconcileNow), reconciled);
      },
    }),
  ];
}
