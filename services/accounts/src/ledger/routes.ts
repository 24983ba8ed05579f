import { timeOrDate } from '@guichet/calendar';
import { LENGTHS, text } from '@guichet/contract';
import { Id, listOf, ok, paging, queryInteger, readCursor, route, toCursor, token } from '@guichet/http';
import { MAX_AMOUNT_MINOR, toJsonMinor } from '@guichet/money';
import type { JobRun } from '@guichet/scheduled-jobs';
import { z } from 'zod';
import { readableAccount } from '../accounts/readable-account.ts';
import type { Bank } from '../bank.ts';
import { readIdempotencyKey, toReply } from '../idempotency/http.ts';
import { onceOutsideTransaction } from '../idempotency/once.ts';
import type { Rendered } from '../idempotency/outcome.ts';
import { KIND_FILTERS, kindsMeant } from '../kind-filter.ts';
import { balanceAt, listEntries, withReversals } from './history-store.ts';
import { lastReconciliation, type ReconciliationOutcome, reconcilesOnRequest } from './keep-reconciling.ts';
import { EntryView, viewEntry } from './views.ts';

const IdParam = z.object({ id: Id });
const amountQuery = queryInteger({ min: 0, max: Number(MAX_AMOUNT_MINOR) });
const EntriesQuery = z.strictObject({
  ...paging,
  from: timeOrDate.optional(),
  to: timeOrDate.optional(),
  type: z.enum(KIND_FILTERS).optional(),
  direction: z.enum(['credit', 'debit']).optional(),
  min_amount: amountQuery.optional(),
  max_amount: amountQuery.optional(),
  q: text(LENGTHS.search).min(1).optional(),
});

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

const viewReconciliation = ({ outcome, finishedAt }: JobRun<ReconciliationOutcome>) => ({
  ok: outcome.ok,
  checks: outcome.checks,
  finished_at: finishedAt.toISOString(),
});

const reconciled = (run: JobRun<ReconciliationOutcome>): Rendered => ({
  status: 200,
  body: viewReconciliation(run),
});

export function ledgerRoutes(bank: Bank) {
  const reconcileNow = reconcilesOnRequest(bank);
  const access = token({ scope: 'accounts:read', roles: ['agent'] });
  return [
    route({
      method: 'GET',
      path: '/api/accounts/:id/balance',
      summary: 'Get the balance of an account at a time (inclusive; a bare date means the end of that day)',
      access: token({ scope: 'accounts:read' }),
      params: IdParam,
      query: z.strictObject({ at: timeOrDate.optional() }),
      replies: { 200: z.object({ balance: z.int(), currency: z.string(), at: z.iso.datetime() }) },
      handle: async ({ params, query, caller }) => {
        const account = await readableAccount(bank, caller, params.id);
        const at = query.at === undefined ? bank.clock() : bank.rules.calendar.instant(query.at);
        const balanceMinor =
          query.at === undefined ? account.balanceMinor : await balanceAt(bank.db, account.id, at);
        return ok({ balance: toJsonMinor(balanceMinor), currency: account.currency, at: at.toISOString() });
      },
    }),
    route({
      method: 'GET',
      path: '/api/accounts/:id/transactions',
      summary: 'List the transactions of an account, newest first',
      access: token({ scope: 'accounts:read' }),
      params: IdParam,
      query: EntriesQuery,
      replies: { 200: listOf(EntryView) },
      handle: async ({ params, query, caller }) => {
        const account = await readableAccount(bank, caller, params.id);
        const minor = (amount: number | undefined) => (amount === undefined ? undefined : BigInt(amount));
        const page = await listEntries(bank.db, {
          accountId: account.id,
          period: bank.rules.calendar.period(query),
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
          items: (await withReversals(bank.db, items)).map(viewEntry),
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
      handle: async () =>
        ok(viewReconciliation((await lastReconciliation(bank.db)) ?? (await reconcileNow()))),
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
        return toReply(await onceOutsideTransaction(bank, idempotency, reconcileNow), reconciled);
      },
    }),
  ];
}
