import { timeOrDate } from '@guichet/calendar';
import {
  amountFilter,
  ENTRY_DIRECTIONS,
  IdParams,
  isPassive,
  LENGTHS,
  listOf,
  PassiveHeaders,
  paging,
  text,
} from '@guichet/contract';
import { BalanceView, EntryView } from '@guichet/contract/accounts';
import { ok, readCursor, route, toCursor, token } from '@guichet/http';
import { toJsonMinor } from '@guichet/money';
import { z } from 'zod';
import { openAccountPage } from '../accounts/open-account-page.ts';
import type { Deps } from '../deps.ts';
import { KIND_FILTERS, kindsMeant } from '../kind-filter.ts';
import { balanceAt, listEntries, withReversals } from './history-store.ts';
import { viewEntry } from './views.ts';

const EntriesQuery = z.strictObject({
  ...paging,
  from: timeOrDate.optional(),
  to: timeOrDate.optional(),
  type: z.enum(KIND_FILTERS).optional(),
  direction: z.enum(ENTRY_DIRECTIONS).optional(),
  min_amount: amountFilter,
  max_amount: amountFilter,
  q: text(LENGTHS.search).min(1).optional(),
});

export function ledgerRoutes(deps: Deps) {
  return [
    route({
      method: 'GET',
      path: '/api/accounts/:id/balance',
      summary: 'Get the balance of an account at a time (inclusive; a bare date means the end of that day)',
      access: token({ scope: 'accounts:read' }),
      params: IdParams,
      query: z.strictObject({ at: timeOrDate.optional() }),
      replies: { 200: BalanceView },
      headers: PassiveHeaders,
      handle: async ({ params, query, headers, ...request }) => {
        const reader = { ...request, isPassive: isPassive(headers) };
        const account = await openAccountPage(deps, reader, params.id);
        const at = query.at === undefined ? deps.clock() : deps.rules.calendar.instant(query.at);
        const balanceMinor =
          query.at === undefined ? account.balanceMinor : await balanceAt(deps.reads, account.id, at);
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
      headers: PassiveHeaders,
      handle: async ({ params, query, headers, ...request }) => {
        const reader = { ...request, isPassive: isPassive(headers) };
        const account = await openAccountPage(deps, reader, params.id);
        const page = await listEntries(deps.reads, {
          accountId: account.id,
          period: deps.rules.calendar.period(query),
          kinds: query.type === undefined ? undefined : kindsMeant(query.type),
          direction: query.direction,
          minAmountMinor: query.min_amount,
          maxAmountMinor: query.max_amount,
          text: query.q,
          beforeNumber:
            query.cursor === undefined ? undefined : BigInt(readCursor(query.cursor, z.tuple([z.int()]))[0]),
          limit: query.limit,
        });
        const items = page.slice(0, query.limit);
        return ok({
          items: (await withReversals(deps.reads, items, account.currency)).map(viewEntry),
          next: page.length > query.limit ? toCursor([Number(items.at(-1)?.number)]) : null,
        });
      },
    }),
  ];
}
