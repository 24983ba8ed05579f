import { timeOrDate } from '@guichet/calendar';
import { LENGTHS, plainText, text } from '@guichet/contract';
import type { Transaction } from '@guichet/database';
import {
  Id,
  listOf,
  ok,
  paging,
  queryInteger,
  type Reply,
  readCursor,
  route,
  toCursor,
  token,
} from '@guichet/http';
import { MAX_AMOUNT_MINOR, toJsonMinor } from '@guichet/money';
import { z } from 'zod';
import type { Bank } from '../bank.ts';
import type { Desk } from '../desk.ts';
import { refuse } from '../errors.ts';
import { answerOnce, readIdempotencyKey } from '../idempotency/answer-once.ts';
import { actorOf } from '../journal.ts';
import { balanceAt, listEntries, withReversals } from '../ledger/history-store.ts';
import { EntryView, viewEntry } from '../ledger/views.ts';
import type { Wish } from '../operations/ask.ts';
import { KIND_FILTERS, kindsMeant } from '../operations/kinds.ts';
import { NewAccount } from '../operations/new-operation.ts';
import { type Asking, askFor } from '../operations/routes.ts';
import { OperationView } from '../operations/views.ts';
import { changeLimits } from './change-limits.ts';
import { changeOverdraft } from './change-overdraft.ts';
import { readableAccount } from './readable-account.ts';
import { renameAccount } from './rename-account.ts';
import { type AccountWithOwner, listAccounts } from './store.ts';
import { AccountView, viewAccount } from './views.ts';

const IdParam = z.object({ id: Id });
const minorOrNone = z.int().min(0).max(Number(MAX_AMOUNT_MINOR));
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
const AccountsQuery = z.strictObject({
  ...paging,
  owner: Id.optional(),
  status: z.enum(['pending', 'open', 'rejected', 'closed']).optional(),
  q: text(LENGTHS.search).min(1).optional(),
});
const REQUEST_REFUSALS = [refuse.no_active_agent, refuse.idempotency_key_reused, refuse.request_in_progress];

class SecondAgentNeeded extends Error {
  override readonly name = 'SecondAgentNeeded';
}

/** Replies 202 with an operation that was requested instead of a direct change. */
const asAccepted = (reply: Reply): Reply => (reply.status === 201 ? { ...reply, status: 202 } : reply);

export function accountRoutes(bank: Bank, desk: Desk) {
  /** Changes an account, once per idempotency key; if the change needs a second agent, requests an operation instead. */
  const changeOrAsk = async (
    request: Asking,
    wish: Wish,
    change: (trx: Transaction) => Promise<AccountWithOwner | null>,
  ): Promise<Reply> => {
    const key = readIdempotencyKey(request, wish);
    try {
      const reply = await answerOnce(bank, { key, now: bank.clock() }, async (trx) => {
        const account = await change(trx);
        if (account === null) throw new SecondAgentNeeded();
        return { status: 200, body: viewAccount(account, bank.rules) };
      });
      bank.committed();
      return asAccepted(reply);
    } catch (error) {
      if (!(error instanceof SecondAgentNeeded)) throw error;
      return asAccepted(await askFor(bank, desk, request, wish));
    }
  };
  return [
    route({
      method: 'GET',
      path: '/api/accounts',
      aliases: ['/api/comptes'],
      summary: 'Accounts: one’s own, or for an agent all',
      access: token({ scope: 'accounts:read' }),
      query: AccountsQuery,
      replies: { 200: listOf(AccountView) },
      handle: async ({ query, caller }) => {
        if (caller.role !== 'agent' && query.owner !== undefined && query.owner !== caller.userId) {
          return ok({ items: [], next: null });
        }
        const page = await listAccounts(bank.db, {
          ownerId: caller.role === 'agent' ? query.owner : caller.userId,
          status: query.status,
          text: query.q,
          afterId: query.cursor === undefined ? undefined : readCursor(query.cursor, z.tuple([Id]))[0],
          limit: query.limit,
        });
        const items = page.slice(0, query.limit);
        return ok({
          items: items.map((account) => viewAccount(account, bank.rules)),
          next: page.length > query.limit ? toCursor([items.at(-1)?.id ?? '']) : null,
        });
      },
    }),
    route({
      method: 'POST',
      path: '/api/accounts',
      aliases: ['/api/comptes/create'],
      summary: 'Ask for an account',
      access: token({ scope: 'operations:write' }),
      idempotent: true,
      body: NewAccount,
      replies: { 201: OperationView },
      refusals: REQUEST_REFUSALS,
      handle: (request) =>
        askFor(bank, desk, request, {
          kind: 'open_account',
          name: request.body.name,
          accountType: request.body.type,
          currency: request.body.currency,
        }),
    }),
    route({
      method: 'GET',
      path: '/api/accounts/:id',
      summary: 'One account',
      access: token({ scope: 'accounts:read' }),
      params: IdParam,
      replies: { 200: AccountView },
      handle: async ({ params, caller }) =>
        ok(viewAccount(await readableAccount(bank, caller, params.id), bank.rules)),
    }),
    route({
      method: 'PATCH',
      path: '/api/accounts/:id',
      summary: 'Give an account another name',
      access: token({ scope: 'operations:write' }),
      params: IdParam,
      body: z.strictObject({ name: plainText(LENGTHS.accountName) }),
      replies: { 200: AccountView },
      handle: async ({ params, body, caller }) => {
        await renameAccount(bank, actorOf(caller), params.id, body.name);
        return ok(viewAccount(await readableAccount(bank, caller, params.id), bank.rules));
      },
    }),
    route({
      method: 'POST',
      path: '/api/accounts/:id/close',
      summary: 'Ask for an account to be closed',
      access: token({ scope: 'operations:write' }),
      idempotent: true,
      params: IdParam,
      replies: { 201: OperationView },
      refusals: [...REQUEST_REFUSALS, refuse.account_not_empty, refuse.account_not_open],
      handle: (request) =>
        askFor(bank, desk, request, { kind: 'close_account', accountId: request.params.id }),
    }),
    route({
      method: 'POST',
      path: '/api/accounts/:id/rib',
      summary: 'Ask for another RIB',
      access: token({ scope: 'operations:write' }),
      idempotent: true,
      params: IdParam,
      replies: { 201: OperationView },
      refusals: [...REQUEST_REFUSALS, refuse.account_not_open],
      handle: (request) => askFor(bank, desk, request, { kind: 'renew_rib', accountId: request.params.id }),
    }),
    route({
      method: 'PUT',
      path: '/api/accounts/:id/overdraft',
      summary: 'Set how far an account may go below zero; 202 if another agent must agree',
      access: token({ scope: 'operations:decide' }),
      idempotent: true,
      params: IdParam,
      body: z.strictObject({ amount: minorOrNone }),
      replies: { 200: AccountView, 202: OperationView },
      refusals: [...REQUEST_REFUSALS, refuse.overdraft_in_use, refuse.account_not_open],
      handle: async (request) => {
        const { params, body, caller, correlationId } = request;
        const wish = {
          kind: 'set_overdraft',
          accountId: params.id,
          amountMinor: BigInt(body.amount),
        } as const;
        return changeOrAsk(request, wish, (trx) => changeOverdraft(trx, bank, caller, wish, correlationId));
      },
    }),
    route({
      method: 'PUT',
      path: '/api/accounts/:id/limits',
      summary: 'Set the limits of an account, null for the bank’s limit; 202 if another agent must agree',
      access: token({ scope: 'operations:decide' }),
      idempotent: true,
      params: IdParam,
      body: z.strictObject({ operation: minorOrNone.nullable(), day: minorOrNone.nullable() }),
      replies: { 200: AccountView, 202: OperationView },
      refusals: [...REQUEST_REFUSALS, refuse.account_not_open],
      handle: async (request) => {
        const { params, body, caller, correlationId } = request;
        const minor = (amount: number | null) => (amount === null ? null : BigInt(amount));
        const limits = { operationMinor: minor(body.operation), dayMinor: minor(body.day) };
        const wish = { kind: 'set_limits', accountId: params.id, limits } as const;
        return changeOrAsk(request, wish, (trx) => changeLimits(trx, bank, caller, wish, correlationId));
      },
    }),
    route({
      method: 'GET',
      path: '/api/accounts/:id/balance',
      summary:
        'What the account held at a time, entries of that millisecond included; a bare date is the end of that day',
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
      summary: 'The entries of an account, newest first',
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
  ];
}
