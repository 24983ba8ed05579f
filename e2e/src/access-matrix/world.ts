import { type ApiService, type Role, type Scope, scopesOf } from '@guichet/contract';
import { newId } from '@guichet/database';
import type { Peer } from '@guichet/http';
import { createApiCallers } from '@guichet/identity';
import type { ContractClient } from '@guichet/testing';
import {
  createKeySet,
  createRevocations,
  createVerifier,
  isApiToken,
  issueAccessToken,
} from '@guichet/tokens';
import { openTestBank, type TestBank } from '../../../services/accounts/src/fixtures.ts';
import { introspectApiToken } from '../../../services/auth/src/api-tokens/introspect-token.ts';
import { viewCaller } from '../../../services/auth/src/api-tokens/views.ts';
import { openTestAuth, PASSWORD, type TestAuth } from '../../../services/auth/src/fixtures.ts';
import { startTestLogging } from '../../../services/logging/src/fixtures.ts';
import { startTestMailer } from '../../../services/mailer/src/fixtures.ts';

/** A signed-in user that every service knows. */
export interface SignedInUser {
  id: string;
  username: string;
  role: Role;
  token: string;
}

/**
 * The services with an API in this process, each with its own schema or streams. As in a running bank, auth signs the tokens, and the others verify them with
 * its published keys and refuse revoked sessions.
 */
export interface World {
  auth: TestAuth;
  bank: TestBank;
  mailer: Awaited<ReturnType<typeof startTestMailer>>;
  clients: Readonly<Record<ApiService, ContractClient>>;
  /** A new user, signed in. */
  signedInUser(role: Role): Promise<SignedInUser>;
  /** Issues a personal API token of `owner`. */
  apiToken(owner: SignedInUser, scopes: readonly Scope[]): Promise<string>;
  /** Sends the revoked sessions to the other services. */
  spreadRevocations(): Promise<void>;
  close(): Promise<void>;
}

export async function openWorld(): Promise<World> {
  const auth = await openTestAuth();
  const { clock, keyring } = auth.deps;
  const revocations = createRevocations(clock);
  const keys = createKeySet(async () => (await auth.api.get('/.well-known/jwks.json')).body);
  const verifySession = createVerifier({ keys, revocations, clock });
  const findApiCaller = createApiCallers({ auth: introspectionBy(auth), revocations, clock });
  const tokens = {
    verify: (token: string) => (isApiToken(token) ? findApiCaller(token) : verifySession(token)),
    revocations,
    issue: (claims: { userId?: string; username?: string; role?: Role; scopes?: readonly Scope[] } = {}) => {
      const { userId = newId(), role = 'member' } = claims;
      const { username = role, scopes = scopesOf(role) } = claims;
      return issueAccessToken(
        keyring.signingKey(),
        { userId, username, role, scopes, sessionId: newId(), kind: 'session' },
        { ttlSeconds: 600, now: clock() },
      );
    },
  };
  const bank = await openTestBank({}, tokens);
  bank.deps.webhooks.allowedHosts = new Set(['127.0.0.1']);
  const logging = await startTestLogging({ tokens });
  const mailer = await startTestMailer({ tokens });

  return {
    auth,
    bank,
    mailer,
    clients: { auth: auth.api, accounts: bank.client, logging: logging.client, mailer: mailer.client },
    async signedInUser(role) {
      const { id, username, token } = await auth.person(role);
      await bank.admit({ id, username, role });
      return { id, username, role, token };
    },
    async apiToken({ token }, scopes) {
      const reply = await auth.api.post('/api/auth/tokens', newApiToken(auth.api, scopes), { token });
      if (reply.status !== 201) throw new Error(`no API token: ${reply.text}`);
      return reply.body.token;
    },
    async spreadRevocations() {
      for (const { session_id, until } of await auth.revocations())
        revocations.add(session_id, new Date(until));
    },
    async close() {
      await mailer.close();
      await logging.close();
      await bank.close();
      await auth.close();
    },
  };
}

/** A peer that introspects API tokens, as auth does for the other services. */
function introspectionBy(auth: TestAuth): Pick<Peer, 'request'> {
  return {
    async request({ body }) {
      const { token_hash } = body as { token_hash: string };
      const caller = await introspectApiToken(auth.deps, token_hash);
      return { status: 200, body: { caller: caller === null ? null : viewCaller(caller) } };
    },
  };
}

/** The body of POST /api/auth/tokens. */
export function newApiToken(auth: ContractClient, scopes: readonly Scope[]) {
  return { name: 'Script', scopes, expires_in_days: 1, ...passwordFor(auth, '/api/auth/tokens') };
}

/** The caller's password, if the operation needs it. */
export function passwordFor({ document }: ContractClient, path: string): { password?: string } {
  const properties = document.paths[path].post.requestBody?.content['application/json'].schema.properties;
  return properties?.password === undefined ? {} : { password: PASSWORD };
}
