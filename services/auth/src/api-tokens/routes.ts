import { Id, LENGTHS, listOf, paging, plainText, SCOPES, text } from '@guichet/contract';
import { created, noContent, ok, peer, type Route, route, session } from '@guichet/http';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { refuse } from '../errors.ts';
import { pageAsked, pageOf } from '../paging.ts';
import { PasswordInput } from '../users/rules.ts';
import { createApiToken } from './create-token.ts';
import { introspectApiToken } from './introspect-token.ts';
import { revokeApiToken } from './revoke-token.ts';
import { listApiTokens } from './store.ts';
import { ApiTokenView, CallerView, NewApiTokenView, viewApiToken, viewCaller } from './views.ts';

const NewToken = z.strictObject({
  name: plainText(LENGTHS.tokenName),
  scopes: z.array(z.enum(SCOPES)).min(1).max(SCOPES.length),
  expires_in_days: z.int().min(1).max(366),
  password: PasswordInput,
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
      summary: 'Create a personal API token, shown only once',
      access: session(),
      body: NewToken,
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
      params: z.object({ id: Id }),
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
      access: peer('accounts', 'logging'),
      body: z.strictObject({ token_hash: text(64).regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 hash in hex') }),
      replies: { 200: z.object({ caller: CallerView.nullable() }) },
      handle: async ({ body }) => {
        const caller = await introspectApiToken(deps, body.token_hash);
        return ok({ caller: caller === null ? null : viewCaller(caller) });
      },
    }),
  ];
}
