import type { Role } from '@guichet/contract';
import { isUnavailable, newId } from '@guichet/database';
import { createApp as createHttpApp, type Route } from '@guichet/http';
import { silentLog } from '@guichet/log';
import { contractClient } from '@guichet/testing';
import { createRevocations, createVerifier } from '@guichet/tokens';
import test from 'ava';
import { openTestAuth, PASSWORD, type Person } from './fixtures.ts';
import { newAssertion, newCredential } from './passkeys/software-authenticator.fixture.ts';
import { authRoutes } from './routes.ts';

const auth = await openTestAuth();
const { db } = auth.database;
const nameOf = ({ method, path }: Route) => `${method} ${path}`;

/** A valid request to every route that changes something for a signed-in user; the test fails if one is missing. */
const REQUESTS: Record<string, object | undefined> = {
  'POST /api/auth/logout': undefined,
  'DELETE /api/auth/sessions': undefined,
  'DELETE /api/auth/sessions/:id': undefined,
  'POST /api/auth/password/reset': { old_password: PASSWORD, new_password: 'parsnips-every-thursday' },
  'PATCH /api/auth/profile': { first_name: 'Ann', email: 'ann@example.org', current_password: PASSWORD },
  'PUT /api/auth/profile/mails': { refused: ['decisions'] },
  'POST /api/auth/totp': { password: PASSWORD },
  'POST /api/auth/totp/confirm': { code: '123456' },
  'DELETE /api/auth/totp': { password: PASSWORD },
  'POST /api/auth/passkeys/options': { password: PASSWORD },
  'POST /api/auth/passkeys': { name: 'Phone', credential: newCredential() },
  'DELETE /api/auth/passkeys/:id': { password: PASSWORD },
  'POST /api/auth/step-up/options': { amount: 100, iban: 'BE68539007547034' },
  'POST /api/auth/step-up': { challenge_id: newId(), credential: newAssertion() },
  'POST /api/auth/tokens': { name: 'ci', scopes: ['profile'], expires_in_days: 30, password: PASSWORD },
  'DELETE /api/auth/tokens/:id': undefined,
  'POST /api/auth/users/:id/activate': {},
  'POST /api/auth/users/:id/verify-name': {},
  'POST /api/auth/users/:id/deactivate': {},
  'POST /api/auth/users/:id/reject': {},
  'DELETE /api/auth/users/:id': undefined,
  'DELETE /api/auth/users/:id/second-factor': undefined,
  'POST /api/auth/users/:id/notes': { text: 'Too late' },
  'POST /api/auth/agents/:id/invite': undefined,
  'POST /api/auth/agents': { username: 'late-agent', email: 'late-agent@example.org' },
};

const ENDS: Record<string, (person: Person) => Promise<unknown>> = {
  'their user was deactivated': ({ id }) => db('users').where({ id }).update({ status: 'deactivated' }),
  'their session ended': ({ id }) =>
    db('sessions').where({ user_id: id }).update({ ended_at: auth.deps.clock() }),
  'their role changed': ({ id, role }) =>
    db('users')
      .where({ id })
      .update({ role: role === 'agent' ? 'superuser' : 'agent' }),
};

// Tokens are verified, but not against the database, as if access had ended right after the verification.
const verify = createVerifier({
  keys: auth.deps.keyring,
  revocations: createRevocations(auth.deps.clock),
  clock: auth.deps.clock,
});
const app = createHttpApp({
  name: 'auth',
  title: 'auth',
  routes: authRoutes(auth.deps),
  log: silentLog,
  verify,
  openapiPath: '/api/auth/openapi.json',
  ready: async () => [],
  isUnavailable,
});
const api = await contractClient(app, '/api/auth/openapi.json');
test.after.always(async () => {
  await api.close();
  await auth.close();
});

function roleFor(path: string): Role {
  if (path.startsWith('/api/auth/agents')) return 'superuser';
  return path.startsWith('/api/auth/step-up') ? 'member' : 'agent';
}

const changes = authRoutes(auth.deps).filter(
  ({ method, access }) => method !== 'GET' && access.kind === 'token',
);
for (const route of changes) {
  test.serial(
    `${nameOf(route)} is refused once the caller's access has ended, though their token was good`,
    async (t) => {
      t.true(nameOf(route) in REQUESTS, 'add a valid request to this test');
      const role = roleFor(route.path);
      for (const [name, end] of Object.entries(ENDS)) {
        const caller = await auth.person(role);
        const subject = await auth.user({ status: 'pending' });
        await end(caller);
        const before = (await auth.logEvents()).length;
        const path = route.path.replace(':id', subject.id);
        const call = api[route.method.toLowerCase() as 'post'];
        const { status, body } = await call(path, REQUESTS[nameOf(route)], { token: caller.token });
        t.is(status, 401, `${name}: ${JSON.stringify(body)}`);
        t.is(body.code, 'unauthenticated', name);
        t.is((await auth.logEvents()).length, before, name);
      }
    },
  );
}

test.serial('no API token outlives a deactivation that happens at the same moment', async (t) => {
  const superuser = await auth.person('superuser');
  for (let round = 0; round < 12; round += 1) {
    const agent = await auth.person('agent');
    const create = () =>
      auth.api.post('/api/auth/tokens', REQUESTS['POST /api/auth/tokens'] as object, { token: agent.token });
    const deactivate = () =>
      auth.api.post(`/api/auth/users/${agent.id}/deactivate`, {}, { token: superuser.token });
    const replies = await Promise.all([create(), create(), deactivate(), create(), create(), create()]);
    t.deepEqual(
      replies.map(({ status }) => status).filter((status) => ![200, 201, 401].includes(status)),
      [],
    );
    const live = await db('api_tokens').where({ user_id: agent.id }).whereNull('revoked_at').select('id');
    t.deepEqual(live, [], `round ${round}`);
    const revoked = new Set((await auth.revocations()).map(({ session_id }) => session_id));
    for (const { status, body } of replies) if (status === 201) t.true(revoked.has(body.id));
  }
});
