import { IdParams, listOf, paging } from '@guichet/contract';
import {
  NewPasskey,
  NewPasskeyView,
  NewSessionView,
  PasskeyAssertion,
  PasskeyCreationOptionsView,
  PasskeyRequestView,
  PasskeySignIn,
  PasskeyView,
  PasswordConfirmation,
} from '@guichet/contract/auth';
import { problems } from '@guichet/errors';
import { created, noContent, ok, open, type Route, route, session } from '@guichet/http';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { refuse } from '../errors.ts';
import { observeLogin } from '../metrics.ts';
import { pageOf, requestedPage } from '../paging.ts';
import { viewNewSession } from '../sessions/views.ts';
import { addPasskey } from './add-passkey.ts';
import { logInWithPasskey } from './log-in-with-passkey.ts';
import { removePasskey } from './remove-passkey.ts';
import { relyingPartyOf } from './rules.ts';
import { startRegistration } from './start-registration.ts';
import { startSignIn } from './start-sign-in.ts';
import { listPasskeys } from './store.ts';
import { viewCreationOptions, viewPasskey, viewRequest } from './views.ts';

export function passkeyRoutes(deps: Deps): Route[] {
  const relyingParty = () => relyingPartyOf(deps.policy.publicUrl);
  return [
    route({
      method: 'GET',
      path: '/api/auth/passkeys',
      summary: 'List your passkeys, newest first',
      access: session(),
      query: z.strictObject(paging),
      replies: { 200: listOf(PasskeyView) },
      handle: async ({ caller, query }) => {
        const rows = await listPasskeys(deps.db, caller.userId, requestedPage(query));
        return ok(pageOf(rows, query.limit, viewPasskey));
      },
    }),
    route({
      method: 'POST',
      path: '/api/auth/passkeys/options',
      summary: 'Begin to add a passkey: what navigator.credentials.create() takes',
      access: session(),
      body: PasswordConfirmation,
      replies: { 200: PasskeyCreationOptionsView },
      refusals: [refuse.wrong_password, refuse.too_many_attempts, refuse.too_many_passkeys],
      handle: async (request) => {
        const { caller, body } = request;
        const { issued, user, passkeys } = await startRegistration(deps, caller, body.password, request);
        return ok(viewCreationOptions(relyingParty(), issued.challenge, user, passkeys));
      },
    }),
    route({
      method: 'POST',
      path: '/api/auth/passkeys',
      summary: 'Add a passkey; the first second factor comes with recovery codes, shown only once',
      access: session(),
      body: NewPasskey,
      replies: { 201: NewPasskeyView },
      refusals: [refuse.invalid_passkey, refuse.too_many_passkeys],
      handle: async (request) => {
        const { row, recoveryCodes } = await addPasskey(deps, request.caller, request.body, request);
        return created({ ...viewPasskey(row), recovery_codes: recoveryCodes });
      },
    }),
    route({
      method: 'DELETE',
      path: '/api/auth/passkeys/:id',
      summary: 'Remove one of your passkeys',
      access: session(),
      params: IdParams,
      body: PasswordConfirmation,
      replies: { 204: null },
      refusals: [refuse.wrong_password, refuse.too_many_attempts],
      handle: async (request) => {
        const which = { passkeyId: request.params.id, password: request.body.password };
        await removePasskey(deps, request.caller, which, request);
        return noContent();
      },
    }),
    route({
      method: 'POST',
      path: '/api/auth/login/passkey/options',
      summary: 'Begin to sign in with a passkey: what navigator.credentials.get() takes',
      access: open(),
      body: PasskeySignIn,
      replies: { 200: PasskeyRequestView },
      refusals: [refuse.invalid_sign_in, problems.too_many_requests],
      handle: async (request) => {
        const { issued, passkeys } = await startSignIn(deps, request.body.sign_in ?? null, request);
        return ok(viewRequest(relyingParty(), issued, passkeys));
      },
    }),
    route({
      method: 'POST',
      path: '/api/auth/login/passkey',
      summary: 'Sign in with a passkey alone, or as the second step',
      access: open(),
      body: PasskeyAssertion,
      replies: { 200: NewSessionView },
      refusals: [
        refuse.invalid_credentials,
        refuse.account_pending,
        refuse.account_rejected,
        refuse.account_deactivated,
        problems.too_many_requests,
      ],
      handle: async (request) => {
        const { challenge_id: challengeId, credential } = request.body;
        const signedIn = await observeLogin(() =>
          logInWithPasskey(deps, { challengeId, credential }, request),
        );
        return ok(viewNewSession(signedIn, deps.clock()));
      },
    }),
  ];
}
