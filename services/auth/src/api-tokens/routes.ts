import { IdParams, listOf, paging } from '@guichet/contract';
import {
  ApiTokenView,
  Introspection,
  IntrospectionView,
  NewApiToken,
  NewApiTokenView,
} from '@guichet/contract/auth';
import { created, noContent, ok, peer, type Route, route, session } from '@guichet/http';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { refuse } from '../errors.ts';
import { pageOf, requestedPage } from '../paging.ts';
import { createApiToken } from './create-token.ts';
import { introspectApiToken } from './introspect-token.ts';
import { revokeApiToken } from './revoke-token.ts';
import { listApiTokens } from './store.ts';
import { viewApiToken, viewCaller } from './views.ts';

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
        const rows = await listApiTokens(deps.db, caller.userId, requestedPage(query));
        return ok(pageOf(rows, query.limit, viewApiToken));
      },
    }),
    route({
      method: 'POST',
      path: '/api/auth/tokens',
      summary: 'Create a personal API token, shown only once',
      access: session(),
      body: NewApiToken,
      replies: { 201: NewApiTokenView },
      refusals: [refuse.wrong_password, refuse.too_many_attempts, refuse.scope_too_wide],
      handle: async (request) => {
        const { expires_in_days: expiresInDays, ...rest } = request.body;
        const wanted = { ...rest, expiresInDays };
        const { row, token } = await createApiToken(deps, request.caller, wanted, request);
        return created({ ...viewApiToken(row), token });
      },
    }),
    route({
      method: 'DELETE',
      path: '/api/auth/tokens/:id',
      summary: 'Revoke one of your personal API tokens',
      access: session(),
      params: IdParams,
      replies: { 204: null },
      handle: async (request) => {
        await revokeApiToken(deps, request.caller, request.params.id, request);
        return noContent();
      },
    }),
    route({
      method: 'POST',
      path: '/internal/tokens/introspect',
      summary: 'Look up a personal API token by its hash',
      access: peer('accounts', 'logging', 'mailer'),
      body: Introspection,
      replies: { 200: IntrospectionView },
      handle: async ({ body }) => {
        const caller = await introspectApiToken(deps, body.token_hash);
        return ok({ caller: caller === null ? null : viewCaller(caller) });
      },
    }),
  ];
}
