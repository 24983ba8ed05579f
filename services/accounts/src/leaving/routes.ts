import { IdParams } from '@guichet/contract';
import { noContent, peer, route } from '@guichet/http';
import type { Bank } from '../bank.ts';
import { refuse } from '../errors.ts';
import { leaveBank } from './leave-bank.ts';

export function leavingRoutes(bank: Bank) {
  return [
    route({
      method: 'POST',
      path: '/internal/people/:id/leave',
      summary: 'Close the empty accounts of a deleted user',
      access: peer('auth'),
      params: IdParams,
      replies: { 204: null },
      refusals: [refuse.user_has_accounts],
      handle: async ({ params, correlationId }) => {
        await leaveBank(bank, params.id, correlationId);
        return noContent();
      },
    }),
  ];
}
