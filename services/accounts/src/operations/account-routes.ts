import { IdParams } from '@guichet/contract';
import { AccountView, OPERATION_BODIES, OperationView } from '@guichet/contract/accounts';
import { accepted, ok, route, token } from '@guichet/http';
import type { AccountWithInterest } from '../accounts/store.ts';
import { viewAccount } from '../accounts/views.ts';
import { actorOf } from '../audit.ts';
import type { CommandQueue } from '../command-queue.ts';
import type { Deps } from '../deps.ts';
import { refuse } from '../errors.ts';
import { type KeyedRequest, readIdempotencyKey, toReply } from '../idempotency/http.ts';
import { changeSetting } from './change-setting.ts';
import type { OperationInput } from './kinds/index.ts';
import { openAccount } from './kinds/open-account.ts';
import { setLimits } from './kinds/set-limits.ts';
import { setOverdraft } from './kinds/set-overdraft.ts';
import type { OperationState } from './operation.ts';
import { replyToRequest, requested } from './routes.ts';
import { viewOperation } from './views.ts';

const REQUEST_REFUSALS = [refuse.no_active_agent, refuse.idempotency_key_reused, refuse.request_in_progress];

/** Renders a change that a second agent must approve first. */
const toBeApproved = (state: OperationState) => accepted(viewOperation(state, 'requester'));

export function accountRequestRoutes(deps: Deps, queue: CommandQueue) {
  const changed = (account: AccountWithInterest) => ok(viewAccount(account, deps.rules));
  /** Changes a setting of an account, once per key; if a second agent must agree, requests the change instead. */
  const replyToChange = async (request: KeyedRequest, input: OperationInput) => {
    const key = readIdempotencyKey(request, input);
    const idempotency = key === null ? null : { key, render: changed };
    const { caller, correlationId } = request;
    const wanted = { input, requester: actorOf(caller), correlationId };
    const outcome = await changeSetting(deps, wanted, idempotency);
    if (outcome !== null) return toReply(outcome, changed);
    return replyToRequest(deps, queue, request, input, toBeApproved);
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
      refusals: [...REQUEST_REFUSALS, refuse.product_not_found, refuse.product_type_mismatch],
      handle: (request) => replyToRequest(deps, queue, request, openAccount.read(request.body), requested),
    }),
    route({
      method: 'POST',
      path: '/api/accounts/:id/close',
      summary: 'Request the closing of an account',
      access: token({ scope: 'operations:write' }),
      idempotent: true,
      params: IdParams,
      replies: { 201: OperationView },
      refusals: [
        ...REQUEST_REFUSALS,
        refuse.account_not_empty,
        refuse.account_not_open,
        refuse.already_requested,
      ],
      handle: (request) =>
        replyToRequest(
          deps,
          queue,
          request,
          { kind: 'close_account', accountId: request.params.id },
          requested,
        ),
    }),
    route({
      method: 'POST',
      path: '/api/accounts/:id/rib',
      summary: 'Request a new RIB',
      access: token({ scope: 'operations:write' }),
      idempotent: true,
      params: IdParams,
      replies: { 201: OperationView },
      refusals: [...REQUEST_REFUSALS, refuse.account_not_open, refuse.already_requested],
      handle: (request) =>
        replyToRequest(deps, queue, request, { kind: 'renew_rib', accountId: request.params.id }, requested),
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
        replyToChange(request, setOverdraft.read({ account_id: request.params.id, ...request.body })),
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
        replyToChange(request, setLimits.read({ account_id: request.params.id, ...request.body })),
    }),
  ];
}
