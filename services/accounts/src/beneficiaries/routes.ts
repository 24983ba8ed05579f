import { Id, IdParams, listOf, paging } from '@guichet/contract';
import { BeneficiaryView, NamedPayee } from '@guichet/contract/accounts';
import { queryOnce } from '@guichet/database';
import { created, noContent, ok, readCursor, route, toCursor, token } from '@guichet/http';
import { z } from 'zod';
import { actorOf } from '../audit.ts';
import type { Deps } from '../deps.ts';
import { refuse } from '../errors.ts';
import { readIdempotencyKey, toReply } from '../idempotency/http.ts';
import { parsePayeeIban } from '../ribs/read-payee-iban.ts';
import { removeBeneficiary } from './remove-beneficiary.ts';
import { saveBeneficiary } from './save-beneficiary.ts';
import { type Beneficiary, listBeneficiaries } from './store.ts';
import { viewBeneficiary } from './views.ts';

const saved = (one: Beneficiary) => created(viewBeneficiary(one));

export function beneficiaryRoutes(deps: Deps) {
  return [
    route({
      method: 'GET',
      path: '/api/beneficiaries',
      summary: 'List your saved payees',
      access: token({ scope: 'accounts:read', roles: ['member'] }),
      query: z.strictObject(paging),
      replies: { 200: listOf(BeneficiaryView) },
      handle: async ({ query, caller }) => {
        const page = await queryOnce(
          deps.db,
          listBeneficiaries({
            ownerId: caller.userId,
            afterId: query.cursor === undefined ? undefined : readCursor(query.cursor, z.tuple([Id]))[0],
            limit: query.limit,
          }),
        );
        const items = page.slice(0, query.limit);
        return ok({
          items: items.map(viewBeneficiary),
          next: page.length > query.limit ? toCursor([items.at(-1)?.id ?? '']) : null,
        });
      },
    }),
    route({
      method: 'POST',
      path: '/api/beneficiaries',
      summary: 'Save a payee, or rename one with the same account number',
      access: token({ scope: 'operations:write' }),
      idempotent: true,
      body: NamedPayee,
      replies: { 201: BeneficiaryView },
      refusals: [refuse.invalid_iban, refuse.invalid_rib, refuse.idempotency_key_reused],
      handle: async (request) => {
        const { body, caller, correlationId } = request;
        const key = readIdempotencyKey(request, { name: body.name, iban: parsePayeeIban(body) });
        const idempotency = key === null ? null : { key, render: saved };
        const wanted = { owner: actorOf(caller), payee: body, correlationId, idempotency };
        return toReply(await saveBeneficiary(deps, wanted), saved);
      },
    }),
    route({
      method: 'DELETE',
      path: '/api/beneficiaries/:id',
      summary: 'Remove a payee',
      access: token({ scope: 'operations:write' }),
      params: IdParams,
      replies: { 204: null },
      handle: async ({ params, caller, correlationId }) => {
        await removeBeneficiary(deps, actorOf(caller), params.id, correlationId);
        return noContent();
      },
    }),
  ];
}
