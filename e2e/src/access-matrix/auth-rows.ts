import { newId } from '@guichet/database';
import { PASSWORD } from '../../../services/auth/src/fixtures.ts';
import {
  newAssertion,
  newCredential,
} from '../../../services/auth/src/passkeys/software-authenticator.fixture.ts';
import type { Row } from './row.ts';
import { apiToken, invitedAgent, passkey, SOME_IBAN, session, unique, user } from './targets.ts';
import { newApiToken, passwordFor, type SignedInUser, type World } from './world.ts';

const newUser = () => {
  const username = unique();
  return { username, email: `${username}@example.org` };
};
const everyone = (status: number) => ({ member: status, agent: status, superuser: status });
const staff = (status: number) => ({ agent: status, superuser: status });

const SELF = {
  caller: 'agent',
  on: 'themselves',
  target: async (_: World, caller: SignedInUser) => caller.id,
} as const;
const ON_THEMSELVES = { ...SELF, caller: 'member' } as const;
const ON_ANOTHER = { caller: 'member', on: 'another member', target: user('member') } as const;
const ON_COLLEAGUE = { caller: 'agent', on: 'another agent', target: user('agent') } as const;
const ON_SUPERUSER = { caller: 'superuser', on: 'another superuser', target: user('superuser') } as const;
const ON_A_SUPERUSER = { caller: 'agent', on: 'a superuser', target: user('superuser') } as const;
const ON_AGENT = { caller: 'superuser', on: 'an agent', target: user('agent') } as const;

export const AUTH_ROWS: Readonly<Record<string, Row>> = {
  'POST /api/auth/register': { open: 201, body: () => ({ ...newUser(), password: PASSWORD }) },
  'POST /api/auth/login': { open: 401, body: () => ({ username: unique(), password: PASSWORD }) },
  'POST /api/auth/login/second-factor': { open: 401, body: () => ({ sign_in: unique(), totp: '123456' }) },
  'POST /api/auth/login/passkey/options': { open: 200, body: () => ({}) },
  'POST /api/auth/login/passkey': {
    open: 401,
    body: () => ({ challenge_id: newId(), credential: newAssertion() }),
  },
  'POST /api/auth/refresh': { open: 401, body: () => ({ refresh_token: unique() }) },
  'POST /api/auth/password/forgot': { open: 202, body: () => ({ email: newUser().email }) },
  'POST /api/auth/password/recover': {
    open: 400,
    body: () => ({ token: unique(), new_password: 'Nine yellow lanterns' }),
  },
  'POST /api/auth/profile/confirm-email': { open: 400, body: () => ({ token: unique() }) },
  'POST /api/auth/profile/stop-email-change': { open: 400, body: () => ({ token: unique() }) },
  'POST /api/auth/profile/mails/unsubscribe': { open: 400, body: () => ({ token: unique() }) },
  'POST /api/auth/sessions/stop-sign-in': { open: 400, body: () => ({ token: unique() }) },
  'GET /.well-known/jwks.json': { open: 200 },

  'POST /api/auth/logout': { scope: 'session', ...everyone(204) },
  'GET /api/auth/sessions': { scope: 'session', ...everyone(200) },
  'DELETE /api/auth/sessions': { scope: 'session', ...everyone(204) },
  'DELETE /api/auth/sessions/{id}': { scope: 'session', ...everyone(204), stranger: 404, target: session },
  'POST /api/auth/password/reset': {
    scope: 'session',
    ...everyone(204),
    body: () => ({ old_password: PASSWORD, new_password: 'Nine yellow lanterns' }),
  },
  'GET /api/auth/profile': { scope: 'profile', ...everyone(200) },
  'GET /api/auth/profile/mails': { scope: 'profile', ...everyone(200) },
  'PUT /api/auth/profile/mails': { scope: 'profile', ...everyone(200), body: () => ({ refused: [] }) },
  'GET /api/auth/profile/export': { scope: 'profile', ...everyone(200) },
  'PATCH /api/auth/profile': { scope: 'profile', ...everyone(200), body: () => ({ first_name: 'Ann' }) },
  'POST /api/auth/totp': {
    scope: 'session',
    ...everyone(200),
    body: ({ clients }) => passwordFor(clients.auth, '/api/auth/totp'),
  },
  'POST /api/auth/totp/confirm': { scope: 'session', ...everyone(422), body: () => ({ code: '123456' }) },
  'DELETE /api/auth/totp': { scope: 'session', ...everyone(204), body: () => ({ password: PASSWORD }) },
  'GET /api/auth/passkeys': { scope: 'session', ...everyone(200) },
  'POST /api/auth/passkeys/options': {
    scope: 'session',
    ...everyone(200),
    body: () => ({ password: PASSWORD }),
  },
  'POST /api/auth/passkeys': {
    scope: 'session',
    ...everyone(422),
    body: () => ({ name: 'Phone', credential: newCredential() }),
  },
  'DELETE /api/auth/passkeys/{id}': {
    scope: 'session',
    ...everyone(204),
    stranger: 404,
    target: passkey,
    body: () => ({ password: PASSWORD }),
  },
  'POST /api/auth/step-up/options': {
    scope: 'session',
    member: 409,
    body: () => ({ amount: 100, iban: SOME_IBAN }),
  },
  'POST /api/auth/step-up': {
    scope: 'session',
    member: 422,
    body: () => ({ challenge_id: newId(), credential: newAssertion() }),
  },
  'GET /api/auth/tokens': { scope: 'session', ...everyone(200) },
  'POST /api/auth/tokens': {
    scope: 'session',
    ...everyone(201),
    body: ({ clients }) => newApiToken(clients.auth, ['profile']),
  },
  'DELETE /api/auth/tokens/{id}': { scope: 'session', ...everyone(204), stranger: 404, target: apiToken },
  'GET /api/auth/users/validate-token': { scope: null, ...everyone(200) },
  'GET /api/auth/users': { scope: 'users:manage', ...staff(200) },
  'GET /api/auth/users/{id}': {
    scope: 'users:manage',
    ...staff(200),
    target: user('member'),
    also: [
      { ...ON_COLLEAGUE, expect: 404 },
      { ...SELF, expect: 404 },
      { ...ON_AGENT, expect: 200 },
      { ...ON_SUPERUSER, expect: 200 },
      { ...ON_A_SUPERUSER, expect: 404 },
    ],
  },
  'POST /api/auth/users/{id}/activate': {
    scope: 'users:manage',
    ...staff(200),
    target: user('member', 'pending'),
    also: [
      { ...ON_COLLEAGUE, expect: 404 },
      { ...SELF, expect: 403 },
      { ...ON_AGENT, expect: 200 },
      { ...ON_SUPERUSER, expect: 200 },
      { ...ON_A_SUPERUSER, expect: 404 },
    ],
  },
  'POST /api/auth/users/{id}/deactivate': {
    scope: 'users:manage',
    ...staff(200),
    target: user('member'),
    also: [
      { ...ON_COLLEAGUE, expect: 404 },
      { ...SELF, expect: 403 },
      { ...ON_AGENT, expect: 200 },
      { ...ON_SUPERUSER, expect: 200 },
      { ...ON_A_SUPERUSER, expect: 404 },
      { ...SELF, caller: 'superuser', expect: 403 },
    ],
  },
  'POST /api/auth/users/{id}/reject': {
    scope: 'users:manage',
    ...staff(200),
    target: user('member', 'pending'),
    also: [
      { ...ON_COLLEAGUE, expect: 404 },
      { ...SELF, expect: 403 },
    ],
  },
  'DELETE /api/auth/users/{id}': {
    scope: 'users:manage',
    ...staff(204),
    target: user('member'),
    also: [
      { ...ON_COLLEAGUE, expect: 404 },
      { ...SELF, expect: 403 },
      { ...ON_AGENT, expect: 204 },
      { ...ON_SUPERUSER, expect: 204 },
      { ...ON_A_SUPERUSER, expect: 404 },
      { ...SELF, caller: 'superuser', expect: 403 },
    ],
  },
  'POST /api/auth/users/{id}/verify-name': {
    scope: 'users:manage',
    agent: 200,
    target: user('member'),
    also: [
      { ...ON_COLLEAGUE, expect: 404 },
      { ...SELF, expect: 403 },
    ],
  },
  'GET /api/auth/users/{id}/notes': {
    scope: 'users:manage',
    ...staff(200),
    target: user('member'),
    also: [
      { ...ON_THEMSELVES, expect: 403 },
      { ...ON_ANOTHER, expect: 403 },
      { ...ON_COLLEAGUE, expect: 404 },
      { ...SELF, expect: 404 },
      { ...ON_AGENT, expect: 404 },
    ],
  },
  'POST /api/auth/users/{id}/notes': {
    scope: 'users:manage',
    agent: 201,
    target: user('member'),
    body: () => ({ text: 'Called back' }),
    also: [
      { ...ON_THEMSELVES, expect: 403 },
      { ...ON_ANOTHER, expect: 403 },
      { ...ON_COLLEAGUE, expect: 404 },
      { ...SELF, expect: 403 },
    ],
  },
  'DELETE /api/auth/users/{id}/second-factor': {
    scope: 'users:manage',
    ...staff(204),
    target: user('member'),
    also: [
      { ...ON_COLLEAGUE, expect: 404 },
      { ...SELF, expect: 403 },
      { ...ON_AGENT, expect: 204 },
      { ...ON_SUPERUSER, expect: 204 },
      { ...ON_A_SUPERUSER, expect: 404 },
    ],
  },
  'POST /api/auth/agents': {
    scope: 'agents:manage',
    superuser: 201,
    body: () => ({ ...newUser(), password: PASSWORD }),
  },
  'POST /api/auth/agents/{id}/invite': {
    scope: 'agents:manage',
    superuser: 200,
    target: invitedAgent,
    also: [
      { caller: 'superuser', on: 'an agent who has accepted', target: user('agent'), expect: 409 },
      { caller: 'superuser', on: 'a member', target: user('member', 'pending'), expect: 404 },
      { ...SELF, caller: 'superuser', expect: 403 },
    ],
  },
  'GET /api/auth/setup-state': { scope: 'agents:manage', superuser: 200 },
  'GET /internal/revocations': { peer: true },
  'POST /internal/second-factor/verify': { peer: true },
  'POST /internal/tokens/introspect': { peer: true },
};
