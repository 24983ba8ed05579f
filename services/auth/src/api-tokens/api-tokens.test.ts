import { API_TOKEN_CACHE_MS, isApiToken, newApiToken } from '@guichet/tokens';
import test from 'ava';
import { openTestAuth, PASSWORD } from '../fixtures.ts';
import { hashOpaqueToken } from '../opaque-token.ts';

const auth = await openTestAuth({ asPeer: 'accounts' });
test.after.always(() => auth.close());
const create = (token: string, more = {}) =>
  auth.api.post(
    '/api/auth/tokens',
    { name: 'ci', scopes: ['profile'], expires_in_days: 30, password: PASSWORD, ...more },
    { token },
  );

test.serial('a personal token is shown once, and has its scopes', async (t) => {
  const person = await auth.person();
  const { status, body } = await create(person.token, { scopes: ['profile', 'logs:read', 'profile'] });
  t.is(status, 201);
  t.like(body, { name: 'ci', scopes: ['profile', 'logs:read'] });
  const listed = await auth.api.get('/api/auth/tokens', { token: person.token });
  const { token, ...shown } = body;
  t.true(isApiToken(token));
  t.is(shown.last_used_at, null);
  t.deepEqual(listed.body.items, [shown]);
  t.is(new Date(body.expires_at).getTime() - new Date(body.created_at).getTime() > 29 * 86_400_000, true);

  const validated = await auth.api.get('/api/auth/users/validate-token', { token });
  t.deepEqual(validated.body.scopes, ['profile', 'logs:read']);
  t.is(validated.body.expires_at, body.expires_at);
  t.is((await auth.api.get('/api/auth/profile', { token })).status, 200);
  const entry = (await auth.logEvents(person.id)).at(-1);
  t.is(entry?.action, 'TOKEN_CREATED');
  t.false(JSON.stringify(await auth.logEvents()).includes(token));
});

test.serial('a personal token cannot manage sessions, passwords, second factors or tokens', async (t) => {
  const person = await auth.person('agent');
  const { token } = (await create(person.token, { scopes: ['profile', 'users:manage'] })).body;
  const refused = [
    auth.api.get('/api/auth/sessions', { token }),
    auth.api.delete(`/api/auth/sessions/${person.id}`, undefined, { token }),
    auth.api.post('/api/auth/logout', undefined, { token }),
    auth.api.post('/api/auth/password/reset', { old_password: 'x', new_password: 'y' }, { token }),
    auth.api.post('/api/auth/totp', { password: PASSWORD }, { token }),
    auth.api.delete('/api/auth/totp', { password: 'x' }, { token }),
    auth.api.get('/api/auth/tokens', { token }),
    create(token),
  ];
  for (const { status, body } of await Promise.all(refused)) {
    t.is(status, 403);
    t.is(body.code, 'insufficient_scope');
  }
  t.is((await auth.api.get('/api/auth/users', { token })).status, 200);
});

test.serial(
  'a token cannot have more scopes than its owner, and is refused where it lacks a scope',
  async (t) => {
    const person = await auth.person();
    const wide = await create(person.token, { scopes: ['profile', 'users:manage'] });
    t.is(wide.status, 422);
    t.is(wide.body.code, 'scope_too_wide');
    const { token } = (await create(person.token, { scopes: ['logs:read'] })).body;
    const { status, body } = await auth.api.get('/api/auth/profile', { token });
    t.is(status, 403);
    t.is(body.code, 'insufficient_scope');
  },
);

test.serial('a token is revoked by its owner only, at once and everywhere', async (t) => {
  const person = await auth.person();
  const stranger = await auth.person();
  const { id, token } = (await create(person.token)).body;
  const revoke = (by: string) => auth.api.delete(`/api/auth/tokens/${id}`, undefined, { token: by });
  t.is((await revoke(stranger.token)).status, 404);
  t.is((await revoke(person.token)).status, 204);
  t.is((await revoke(person.token)).status, 404);
  t.is((await auth.api.get('/api/auth/profile', { token })).status, 401);
  t.deepEqual((await auth.api.get('/api/auth/tokens', { token: person.token })).body.items, []);
  const revocation = (await auth.revocations()).at(-1);
  t.is(revocation?.session_id, id);
  const cachedUntil = auth.deps.clock().getTime() + API_TOKEN_CACHE_MS;
  t.true(new Date(revocation?.until ?? 0).getTime() >= cachedUntil);
  t.is((await auth.logEvents(person.id)).at(-1)?.action, 'TOKEN_REVOKED');
});

test.serial('a token outlives the session that created it, and expires on its day', async (t) => {
  const person = await auth.person();
  const { token } = (await create(person.token, { expires_in_days: 2 })).body;
  await auth.api.post('/api/auth/logout', undefined, { token: person.token });
  auth.advance(2 * 86_400 - 1);
  t.is((await auth.api.get('/api/auth/profile', { token })).status, 200);
  auth.advance(1);
  t.is((await auth.api.get('/api/auth/profile', { token })).status, 401);
});

test.serial(
  'creating a token needs the password, counts guesses with those at sign-in, and causes a mail',
  async (t) => {
    const person = await auth.person();
    const wrong = { password: 'not-my-password' };
    t.is((await create(person.token, { password: undefined })).status, 400);
    for (let failure = 1; failure <= 5; failure += 1)
      t.like((await create(person.token, wrong)).body, { status: 403, code: 'wrong_password' });
    t.is((await create(person.token)).body.code, 'too_many_attempts');
    const login = await auth.api.post('/api/auth/login', { username: person.username, password: PASSWORD });
    t.is(login.body.code, 'too_many_attempts');
    auth.advance(31);
    t.deepEqual(await auth.mails(person.email ?? ''), []);
    t.is((await create(person.token)).status, 201);
    t.like((await auth.mails(person.email ?? '')).at(-1), {
      template: 'token_created',
      data: { name: 'ci' },
    });
  },
);

test.serial('the day on which a token was last used is shown and stored, and no time', async (t) => {
  const person = await auth.person();
  const { id, token } = (await create(person.token)).body;
  const use = () => auth.api.get('/api/auth/profile', { token });
  const lastUsed = async (): Promise<string> => {
    const { items } = (
      await auth.api.get('/api/auth/tokens', { token: (await auth.signIn(person)).access_token })
    ).body;
    const stored = await auth.database.db('api_tokens').where({ id }).first('last_used_at');
    t.is(new Date(stored.last_used_at).toISOString(), items[0].last_used_at);
    return items[0].last_used_at;
  };
  const today = () => `${auth.deps.clock().toISOString().slice(0, 10)}T00:00:00.000Z`;
  await use();
  const first = today();
  t.is(await lastUsed(), first);
  auth.advance(86_400);
  t.is(await lastUsed(), first, 'only a use counts');
  await use();
  await use();
  t.is(await lastUsed(), today());
  t.not(today(), first);
});

test.serial('a token has its owner’s current rights, and none once the owner is not active', async (t) => {
  const person = await auth.person('agent');
  const { db } = auth.database;
  const { token } = (await create(person.token, { scopes: ['profile', 'users:manage'] })).body;
  const seen = async () => {
    const token_hash = hashOpaqueToken(token);
    return (await auth.api.post('/internal/tokens/introspect', { token_hash })).body.caller;
  };
  t.like(await seen(), { role: 'agent', user_id: person.id, scopes: ['profile', 'users:manage'] });
  await db('users').where({ id: person.id }).update({ role: 'member' });
  t.like(await seen(), { role: 'member', scopes: ['profile'] });
  t.is((await auth.api.get('/api/auth/users', { token })).body.code, 'forbidden');
  await db('users').where({ id: person.id }).update({ status: 'deactivated' });
  t.is(await seen(), null);
  t.is((await auth.api.get('/api/auth/profile', { token })).status, 401);
  t.is((await auth.api.get('/api/auth/profile', { token: newApiToken() })).status, 401);
});
