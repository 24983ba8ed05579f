import { scopesOf } from '@guichet/contract';
import {
  type NewSession,
  NewSessionView,
  PasskeyRequestView,
  type SignedIn,
  SignedInView,
  type User,
  UserView,
} from '@guichet/contract/auth';
import { buildUser, fakeId } from '../fixtures.ts';
import { type Answer, problem, type Received } from '../messages.ts';
import { openapi } from './openapi.ts';
import { byRole } from './people.ts';
import { created, one } from './replies.ts';

/** The answer to a request that needs no token; undefined if it needs one. */
export function signedOutAnswer({ method, path, body }: Received): Answer | undefined {
  if (path === '/readyz') return { status: 200, body: { ready: true, missing: [] } };
  if (path.endsWith('/openapi.json')) return { status: 200, body: openapi };
  if (method !== 'POST') return undefined;
  const given = body as Record<string, string>;
  switch (path) {
    case '/api/auth/login':
      return given.password === 'correct horse battery'
        ? signIn(given.username)
        : { status: 401, body: problem(401, 'invalid_credentials') };
    case '/api/auth/refresh':
      return refresh(given.refresh_token?.split('-').at(-1));
    case '/api/auth/login/passkey/options':
      return one(PasskeyRequestView, passkeyRequest);
    case '/api/auth/register':
      return created(UserView, buildUser(given.username ?? '', 'member', { status: 'pending' }));
    case '/api/auth/password/forgot':
      return { status: 202, body: {} };
    default:
      return undefined;
  }
}

/** What any passkey of the bank may sign. */
const passkeyRequest = {
  challenge_id: fakeId(14, 1),
  options: {
    rpId: 'localhost',
    challenge: 'AAAA',
    timeout: 300_000,
    userVerification: 'required' as const,
    allowCredentials: [],
  },
};

function signIn(username: string | undefined): Answer {
  const user = userNamed(username);
  return user === undefined
    ? { status: 401, body: problem(401, 'invalid_credentials') }
    : one(NewSessionView, newSessionFor(user));
}

function refresh(username: string | undefined): Answer {
  const user = userNamed(username);
  return user === undefined
    ? { status: 401, body: problem(401, 'invalid_refresh_token') }
    : one(SignedInView, tokensFor(user));
}

const userNamed = (username: string | undefined) =>
  Object.values(byRole).find((each) => each.username === username);

export function newSessionFor(user: User): NewSession {
  return { ...tokensFor(user), device_token: `device-of-${user.username}` };
}

export function tokensFor(user: User): SignedIn {
  return {
    access_token: `access-${user.role}`,
    token_type: 'Bearer',
    expires_in: 600,
    refresh_token: `refresh-${user.username}`,
    scope: scopesOf(user.role).join(' '),
    user,
  };
}
