import type { Transaction } from '@guichet/database';
import { Id, type Reply, route, token } from '@guichet/http';
import { MAX_AMOUNT_MINOR } from '@guichet/money';
import { z } from 'zod';
import type { AccountWithOwner } from '../accounts/store.ts';
import { AccountView, viewAccount } from '../accounts/views.ts';
import type { Bank } from '../bank.ts';
import type { Desk } from '../desk.ts';
import { refuse } from '../errors.ts';
import { answerOnce, readIdempotencyKey } from '../idempotency/answer-once.ts';
import type { Wish } from './ask.ts';
import { changeLimits } from './change-limits.ts';
import { changeOverdraft } from './change-overdraft.ts';
import { NewAccount } from './new-operation.ts';
import { type Asking, askFor } from './routes.ts';
import { OperationView } from './views.ts';

const IdParam = z.object({ id: Id });
const minorOrNone = z.int().min(0).max(Number(MAX_AMOUNT_MINOR));
const REQUEST_REFUSALS = [refuse.no_active_agent, refuse.idempotency_key_reused, refuse.request_in_progress];

class SecondAgentNeeded extends Error {
  override readonly name = 'SecondAgentNeeded';
}

/** Replies 202 with an operation that was requested instead of a direct change. */
const asAccepted = (reply: Reply): Reply => (reply.status === 201 ? { ...reply, status: 202 } : reply);

export function accountRequestRoutes(bank: Bank, desk: Desk) {
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
      method: 'POST',
      path: '/api/accounts',
      aliases: ['/api/comptes/create'],
      summary: 'Request a new account',
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
      method: 'POST',
      path: '/api/accounts/:id/close',
      summary: 'Request the closing of an account',
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
      summary: 'Request a new RIB',
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
      summary: 'Set the overdraft of an account; 202 if a second agent must approve it',
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
      summary:
        'Set the limits of an account (null: the bank’s default); 202 if a second agent must approve them',
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
  ];
}
