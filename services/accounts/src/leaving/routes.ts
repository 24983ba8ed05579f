import { IdParams } from '@guichet/contract';
import { noContent, peer, route } from '@guichet/http';
import type { Deps } from '../deps.ts';
import { refuse } from '../errors.ts';
import { leaveBank } from './leave-bank.ts';

export function leavingRoutes(deps: Deps) {
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
        await leaveBank(deps, params.id, correlationId);
        return noContent();
      },
    }),
  ];
}
