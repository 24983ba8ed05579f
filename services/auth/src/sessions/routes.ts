import { IdParams, listOf, paging } from '@guichet/contract';
import {
  LinkToken,
  Login,
  NewSessionView,
  Refresh,
  RevocationsView,
  SecondFactor,
  SessionView,
  SignedInView,
} from '@guichet/contract/auth';
import { problems } from '@guichet/errors';
import { noContent, ok, open, peer, type Route, route, session } from '@guichet/http';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { refuse } from '../errors.ts';
import { listRevokedKeys } from '../keys/store.ts';
import { observeLogin } from '../metrics.ts';
import { pageOf, requestedPage } from '../paging.ts';
import { finishSignIn } from './finish-sign-in.ts';
import { listSessions } from './list-sessions.ts';
import { logIn } from './log-in.ts';
import { logOut } from './log-out.ts';
import { refreshSession } from './refresh-session.ts';
import { revokeSession } from './revoke-session.ts';
import { signOutEverywhere } from './sign-out-everywhere.ts';
import { stopSignIn } from './stop-sign-in.ts';
import { listRevocations } from './store.ts';
import { viewNewSession, viewSession, viewSignedIn } from './views.ts';

export function sessionRoutes(deps: Deps): Route[] {
  return [
    route({
      method: 'POST',
      path: '/api/auth/login',
      summary: 'Sign in',
      access: open(),
      body: Login,
      replies: { 200: NewSessionView },
      refusals: [
        refuse.invalid_credentials,
        refuse.totp_required,
        refuse.invalid_totp,
        refuse.account_pending,
        refuse.account_rejected,
        refuse.account_deactivated,
        refuse.too_many_attempts,
        problems.too_many_requests,
      ],
      handle: async (request) => {
        const { username, password, totp, device_token } = request.body;
        const signedIn = await observeLogin(() =>
          logIn(deps, { username, password, totp: totp || null, deviceToken: device_token ?? null }, request),
        );
        return ok(viewNewSession(signedIn, deps.clock()));
      },
    }),
    route({
      method: 'POST',
      path: '/api/auth/login/second-factor',
      summary: 'Finish a sign-in that was answered with totp_required',
      access: open(),
      body: SecondFactor,
      replies: { 200: NewSessionView },
      refusals: [
        refuse.invalid_sign_in,
        refuse.invalid_totp,
        refuse.too_many_attempts,
        problems.too_many_requests,
      ],
      handle: async (request) => {
        const { sign_in, totp } = request.body;
        const signedIn = await observeLogin(() =>
          finishSignIn(deps, { ticket: sign_in, code: totp }, request),
        );
        return ok(viewNewSession(signedIn, deps.clock()));
      },
    }),
    route({
      method: 'POST',
      path: '/api/auth/refresh',
      summary: 'Exchange a refresh token for a new pair',
      access: open(),
      body: Refresh,
      replies: { 200: SignedInView },
      refusals: [refuse.invalid_refresh_token],
      handle: async (request) => {
        const signedIn = await refreshSession(deps, request.body.refresh_token, request);
        return ok(viewSignedIn(signedIn, deps.clock()));
      },
    }),
    route({
      method: 'POST',
      path: '/api/auth/logout',
      summary: 'Sign out',
      access: session(),
      replies: { 204: null },
      handle: async (request) => {
        await logOut(deps, request.caller, request);
        return noContent();
      },
    }),
    route({
      method: 'GET',
      path: '/api/auth/sessions',
      summary: 'List your active sessions, newest first',
      access: session(),
      query: z.strictObject(paging),
      replies: { 200: listOf(SessionView) },
      handle: async ({ caller, query }) => {
        const rows = await listSessions(deps, caller, requestedPage(query));
        return ok(pageOf(rows, query.limit, (row) => viewSession(row, caller.sessionId)));
      },
    }),
    route({
      method: 'DELETE',
      path: '/api/auth/sessions',
      summary: 'Sign out everywhere',
      access: session(),
      replies: { 204: null },
      handle: async (request) => {
        await signOutEverywhere(deps, request.caller, request);
        return noContent();
      },
    }),
    route({
      method: 'POST',
      path: '/api/auth/sessions/stop-sign-in',
      summary: 'Stop a sign-in from a new device with the emailed link',
      access: open(),
      body: LinkToken,
      replies: { 204: null },
      refusals: [refuse.invalid_link],
      handle: async (request) => {
        await stopSignIn(deps, request.body.token, request);
        return noContent();
      },
    }),
    route({
      method: 'DELETE',
      path: '/api/auth/sessions/:id',
      summary: 'End one of your sessions',
      access: session(),
      params: IdParams,
      replies: { 204: null },
      handle: async (request) => {
        await revokeSession(deps, request.caller, request.params.id, request);
        return noContent();
      },
    }),
    route({
      method: 'GET',
      path: '/internal/revocations',
      summary: 'List revoked sessions and signing keys',
      access: peer('accounts', 'logging', 'mailer'),
      replies: { 200: RevocationsView },
      handle: async () => {
        const [rows, key_ids] = await Promise.all([
          listRevocations(deps.db, deps.clock()),
          listRevokedKeys(deps.db),
        ]);
        return ok({
          key_ids,
          items: rows.map((row) => ({ session_id: row.session_id, until: row.until.toISOString() })),
        });
      },
    }),
  ];
}
