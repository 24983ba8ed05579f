import { IdParams } from '@guichet/contract';
import { OPERATION_BODIES } from '@guichet/contract/accounts';
import { type Reply, route, token } from '@guichet/http';
import { AccountView, viewAccount } from '../accounts/views.ts';
import { actorOf } from '../audit.ts';
import type { Bank } from '../bank.ts';
import type { Desk } from '../desk.ts';
import { refuse } from '../errors.ts';
import { answerOnce, readIdempotencyKey } from '../idempotency/answer-once.ts';
import { changeSetting } from './change-setting.ts';
import type { OperationInput } from './kinds/index.ts';
import { openAccount } from './kinds/open-account.ts';
import { setLimits } from './kinds/set-limits.ts';
import { setOverdraft } from './kinds/set-overdraft.ts';
import { type Asking, askFor } from './routes.ts';
import { OperationView } from './views.ts';

const REQUEST_REFUSALS = [refuse.no_active_agent, refuse.idempotency_key_reused, refuse.request_in_progress];

class SecondAgentNeeded extends Error {
  override readonly name = 'SecondAgentNeeded';
}

/** Replies 202 with an operation that was requested instead of a direct change. */
const asAccepted = (reply: Reply): Reply => (reply.status === 201 ? { ...reply, status: 202 } : reply);

export function accountRequestRoutes(bank: Bank, desk: Desk) {
  /** Changes an account, once per idempotency key; if the change needs a second agent, requests an operation instead. */
  const changeOrAsk = async (request: Asking, input: OperationInput): Promise<Reply> => {
    const key = readIdempotencyKey(request, input);
    const { caller, correlationId } = request;
    const requester = actorOf(caller);
    const asked = { input, requester, correlationId, idempotency: key, secondFactor: 'unchecked' } as const;
    try {
      const reply = await answerOnce(bank, { key, now: bank.clock() }, async (trx) => {
        const account = await changeSetting(trx, bank, asked);
        if (account === null) throw new SecondAgentNeeded();
        return { status: 200, body: viewAccount(account, bank.rules) };
      });
      bank.committed();
      return asAccepted(reply);
    } catch (error) {
      if (!(error instanceof SecondAgentNeeded)) throw error;
      return asAccepted(await askFor(bank, desk, request, input));
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
      body: OPERATION_BODIES.open_account,
      replies: { 201: OperationView },
      refusals: REQUEST_REFUSALS,
      handle: (request) => askFor(bank, desk, request, openAccount.read(request.body)),
    }),
    route({
      method: 'POST',
      path: '/api/accounts/:id/close',
      summary: 'Request the closing of an account',
      access: token({ scope: 'operations:write' }),
      idempotent: true,
      params: IdParams,
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
      params: IdParams,
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
      params: IdParams,
      body: OPERATION_BODIES.set_overdraft,
      replies: { 200: AccountView, 202: OperationView },
      refusals: [...REQUEST_REFUSALS, refuse.overdraft_in_use, refuse.account_not_open],
      handle: (request) =>
        changeOrAsk(request, setOverdraft.read({ account_id: request.params.id, ...request.body })),
    }),
    route({
      method: 'PUT',
      path: '/api/accounts/:id/limits',
      summary:
        'Set the limits of an account (null: the bank’s default); 202 if a second agent must approve them',
      access: token({ scope: 'operations:decide' }),
      idempotent: true,
      params: IdParams,
      body: OPERATION_BODIES.set_limits,
      replies: { 200: AccountView, 202: OperationView },
      refusals: [...REQUEST_REFUSALS, refuse.account_not_open],
      handle: (request) =>
        changeOrAsk(request, setLimits.read({ account_id: request.params.id, ...request.body })),
    }),
  ];
}
