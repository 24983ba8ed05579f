import { ACCOUNT_STATUSES, Id, IdParams, LENGTHS, listOf, paging, text } from '@guichet/contract';
import { AccountRename, AccountView } from '@guichet/contract/accounts';
import { ok, readCursor, route, toCursor, token } from '@guichet/http';
import { z } from 'zod';
import { actorOf } from '../audit.ts';
import type { Deps } from '../deps.ts';
import { readableAccount } from './readable-account.ts';
import { renameAccount } from './rename-account.ts';
import { listAccounts } from './store.ts';
import { viewAccount } from './views.ts';

const AccountsQuery = z.strictObject({
  ...paging,
  owner: Id.optional(),
  status: z.enum(ACCOUNT_STATUSES).optional(),
  q: text(LENGTHS.search).min(1).optional(),
});
export function accountRoutes(deps: Deps) {
  return [
    route({
      method: 'GET',
      path: '/api/accounts',
      aliases: ['/api/comptes'],
      summary: 'List your accounts; as an agent, all accounts',
      access: token({ scope: 'accounts:read' }),
      query: AccountsQuery,
      replies: { 200: listOf(AccountView) },
      handle: async ({ query, caller }) => {
        if (caller.role !== 'agent' && query.owner !== undefined && query.owner !== caller.userId) {
          return ok({ items: [], next: null });
        }
        const page = await listAccounts(deps.reads, {
          ownerId: caller.role === 'agent' ? query.owner : caller.userId,
          status: query.status,
          text: query.q,
          afterId: query.cursor === undefined ? undefined : readCursor(query.cursor, z.tuple([Id]))[0],
          limit: query.limit,
        });
        const items = page.slice(0, query.limit);
        return ok({
          items: items.map((account) => viewAccount(account, deps.rules)),
          next: page.length > query.limit ? toCursor([items.at(-1)?.id ?? '']) : null,
        });
      },
    }),
    route({
      method: 'GET',
      path: '/api/accounts/:id',
      summary: 'Get an account',
      access: token({ scope: 'accounts:read' }),
      params: IdParams,
      replies: { 200: AccountView },
      handle: async ({ params, caller }) =>
        ok(viewAccount(await readableAccount(deps, caller, params.id), deps.rules)),
    }),
    route({
      method: 'PATCH',
      path: '/api/accounts/:id',
      summary: 'Rename an account',
      access: token({ scope: 'operations:write' }),
      params: IdParams,
      body: AccountRename,
      replies: { 200: AccountView },
      handle: async ({ params, body, caller, correlationId }) => {
        await renameAccount(deps, actorOf(caller), params.id, body.name, correlationId);
        return ok(viewAccount(await readableAccount(deps, caller, params.id), deps.rules));
      },
    }),
  ];
}
