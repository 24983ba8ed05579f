import { LENGTHS, plainText } from '@guichet/contract';
import { created, Id, listOf, noContent, ok, paging, type Route, route, session } from '@guichet/http';
import { SCOPES } from '@guichet/tokens';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { refuse } from '../errors.ts';
import { pageAsked, pageOf } from '../paging.ts';
import { createApiToken } from './create-token.ts';
import { revokeApiToken } from './revoke-token.ts';
import { listApiTokens } from './store.ts';
import { ApiTokenView, NewApiTokenView, viewApiToken } from './views.ts';

const NewToken = z.strictObject({
  name: plainText(LENGTHS.tokenName),
  scopes: z.array(z.enum(SCOPES)).min(1).max(SCOPES.length),
  expires_in_days: z.int().min(1).max(366),
});

export function apiTokenRoutes(deps: Deps): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/auth/tokens',
      summary: 'List your personal API tokens, newest first',
      access: session(),
      query: z.strictObject(paging),
      replies: { 200: listOf(ApiTokenView) },
      handle: async ({ caller, query }) => {
        const rows = await listApiTokens(deps.db, caller.userId, pageAsked(query));
        return ok(pageOf(rows, query.limit, viewApiToken));
      },
    }),
    route({
      method: 'POST',
      path: '/api/auth/tokens',
      summary: 'Create a personal API token; it is shown once',
      access: session(),
      body: NewToken,
      replies: { 201: NewApiTokenView },
      refusals: [refuse.scope_too_wide],
      handle: async (request) => {
        const { name, scopes, expires_in_days } = request.body;
        const wanted = { name, scopes, expiresInDays: expires_in_days };
        const { row, token } = await createApiToken(deps, request.caller, wanted, request);
        return created({ ...viewApiToken(row), token });
      },
    }),
    route({
      method: 'DELETE',
      path: '/api/auth/tokens/:id',
      summary: 'Revoke one of your personal API tokens',
      access: session(),
      params: z.object({ id: Id }),
      replies: { 204: null },
      handle: async (request) => {
        await revokeApiToken(deps, request.caller, request.params.id, request);
        return noContent();
      },
    }),
  ];
}
