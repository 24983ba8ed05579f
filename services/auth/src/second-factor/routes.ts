import { IdParams } from '@guichet/contract';
import { SecondFactorCheck, SecondFactorCheckView } from '@guichet/contract/auth';
import { noContent, ok, peer, type Route, route, token } from '@guichet/http';
import type { Deps } from '../deps.ts';
import { refuse } from '../errors.ts';
import { resetSecondFactor } from './reset-second-factor.ts';
import { verifySecondFactor } from './verify-second-factor.ts';

export function secondFactorRoutes(deps: Deps): Route[] {
  return [
    route({
      method: 'DELETE',
      path: '/api/auth/users/:id/second-factor',
      summary: 'Reset two-factor authentication for a user, passkeys included',
      access: token({ scope: 'users:manage' }),
      params: IdParams,
      replies: { 204: null },
      handle: async (request) => {
        await resetSecondFactor(deps, request.caller, request.params.id, request);
        return noContent();
      },
    }),
    route({
      method: 'POST',
      path: '/internal/second-factor/verify',
      summary: 'Check a user’s security code, or the confirmation of a payment',
      access: peer('accounts'),
      body: SecondFactorCheck,
      replies: { 200: SecondFactorCheckView },
      refusals: [refuse.too_many_attempts],
      handle: async ({ body, correlationId }) => {
        const { user_id: userId, code = null, step_up: stepUp = null } = body;
        // The address and the browser are those of accounts.
        const origin = { correlationId, ip: null, userAgent: null };
        return ok(await verifySecondFactor(deps, { userId, code, stepUp }, origin));
      },
    }),
  ];
}
