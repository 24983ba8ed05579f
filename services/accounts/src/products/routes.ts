import { listOf, paging } from '@guichet/contract';
import { ProductChange, ProductCode, ProductParams, ProductView } from '@guichet/contract/accounts';
import { queryOnce } from '@guichet/database';
import { ok, readCursor, route, toCursor, token } from '@guichet/http';
import { z } from 'zod';
import { actorOf } from '../audit.ts';
import type { Deps } from '../deps.ts';
import { refuse } from '../errors.ts';
import { readIdempotencyKey, toReply } from '../idempotency/http.ts';
import { changeProduct, type ProductWithTerms } from './change-product.ts';
import { findTermsOf, listProducts } from './store.ts';
import { viewProduct } from './views.ts';

export function productRoutes(deps: Deps) {
  const today = () => deps.rules.calendar.dateOf(deps.clock());
  const changed = (product: ProductWithTerms) => ok(viewProduct(product, today()));
  return [
    route({
      method: 'GET',
      path: '/api/products',
      summary: 'List the products of the bank, with their rates',
      access: token(),
      query: z.strictObject(paging),
      replies: { 200: listOf(ProductView) },
      handle: async ({ query }) => {
        const after =
          query.cursor === undefined ? undefined : readCursor(query.cursor, z.tuple([ProductCode]))[0];
        const page = await queryOnce(deps.reads, listProducts({ after, limit: query.limit }));
        const items = page.slice(0, query.limit);
        const terms = await queryOnce(deps.reads, findTermsOf(items.map(({ code }) => code)));
        return ok({
          items: items.map((one) => viewProduct({ ...one, terms: terms.get(one.code) ?? [] }, today())),
          next: page.length > query.limit ? toCursor([items.at(-1)?.code ?? '']) : null,
        });
      },
    }),
    route({
      method: 'PUT',
      path: '/api/products/:code',
      summary: 'Set the rates of a product from a day on; without a product of this code, it is added',
      access: token({ scope: 'products:manage', roles: ['superuser'] }),
      idempotent: true,
      params: ProductParams,
      body: ProductChange,
      replies: { 200: ProductView },
      refusals: [
        refuse.product_type_fixed,
        refuse.rate_begins_in_past,
        refuse.idempotency_key_reused,
        refuse.request_in_progress,
      ],
      handle: async (request) => {
        const { params, body, caller, correlationId } = request;
        const key = readIdempotencyKey(request, body);
        const wanted = {
          by: actorOf(caller),
          product: { code: params.code, name: body.name, type: body.type },
          terms: {
            product: params.code,
            validFrom: body.valid_from,
            interestRate: body.interest_rate,
            overdraftRate: body.overdraft_rate,
            monthlyFeeMinor: BigInt(body.monthly_fee),
            minimumBalanceMinor: BigInt(body.minimum_balance),
          },
          correlationId,
        };
        const idempotency = key === null ? null : { key, render: changed };
        return toReply(await changeProduct(deps, wanted, idempotency), changed);
      },
    }),
  ];
}
