import { PasskeyAssertion, PasskeyRequestView, StepUpRequest, StepUpView } from '@guichet/contract/auth';
import { ok, type Route, route, session } from '@guichet/http';
import type { Deps } from '../deps.ts';
import { refuse } from '../errors.ts';
import { relyingPartyOf } from '../passkeys/rules.ts';
import { viewRequest } from '../passkeys/views.ts';
import { confirmStepUp } from './confirm-step-up.ts';
import { startStepUp } from './start-step-up.ts';

export function stepUpRoutes(deps: Deps): Route[] {
  return [
    route({
      method: 'POST',
      path: '/api/auth/step-up/options',
      summary: 'Begin to confirm a payment with a passkey: what navigator.credentials.get() takes',
      access: session({ scope: 'operations:write' }),
      body: StepUpRequest,
      replies: { 200: PasskeyRequestView },
      refusals: [refuse.no_passkey, refuse.invalid_iban],
      handle: async ({ caller, body }) => {
        const payment = { amountMinor: BigInt(body.amount), currency: body.currency, iban: body.iban };
        const { issued, passkeys } = await startStepUp(deps, caller, payment);
        return ok(viewRequest(relyingPartyOf(deps.policy.publicUrl), issued, passkeys));
      },
    }),
    route({
      method: 'POST',
      path: '/api/auth/step-up',
      summary: 'Confirm a payment with a passkey',
      access: session({ scope: 'operations:write' }),
      body: PasskeyAssertion,
      replies: { 200: StepUpView },
      refusals: [refuse.invalid_passkey],
      handle: async (request) => {
        const { challenge_id: challengeId, credential } = request.body;
        const signature = { challengeId, credential };
        return ok({ step_up: await confirmStepUp(deps, request.caller, signature, request) });
      },
    }),
  ];
}
