import { Id, ok, route, token } from '@guichet/http';
import { z } from 'zod';
import type { Bank } from '../bank.ts';
import { reconcile } from './reconcile.ts';

export function ledgerRoutes(bank: Bank) {
  return [
    route({
      method: 'GET',
      path: '/api/ledger/reconciliation',
      summary: 'Add the whole ledger up',
      access: token({ scope: 'accounts:read', roles: ['agent'] }),
      replies: {
        200: z.object({
          ok: z.boolean(),
          checks: z.array(
            z.object({
              name: z.string(),
              ok: z.boolean(),
              checked: z.int(),
              broken: z.array(
                z.object({
                  id: z.string(),
                  account_id: Id.nullable(),
                  expected: z.string(),
                  found: z.string(),
                }),
              ),
            }),
          ),
        }),
      },
      handle: async () => ok(await reconcile(bank.db, bank.clock())),
    }),
  ];
}
