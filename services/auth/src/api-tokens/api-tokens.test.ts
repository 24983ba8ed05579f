import test from 'ava';
import { openTestAuth } from '../fixtures.ts';

const auth = await openTestAuth();
test.after.always(() => auth.close());
const create = (token: string, more = {}) =>
  auth.api.post(
    '/api/auth/tokens',
    { name: 'ci', scopes: ['profile'], expires_in_days: 30, ...more },
    { token },
  );

test.serial('a personal token is shown once, and does what its scopes say', async (t) => {
  const person = await auth.person();
  const { status, body } = await create(person.token, { scopes: ['profile', 'logs:read', 'profile'] });
  t.is(status, 201);
  t.like(body, { name: 'ci', scopes: ['profile', 'logs:read'] });
  const listed = await auth.api.get('/api/auth/tokens', { token: person.token });
  const { token, ...shown } = body;
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

test.serial('it manages no session, password, second factor or token', async (t) => {
  const person = await auth.person('agent');
  const { token } = (await create(person.token, { scopes: ['profile', 'users:manage'] })).body;
  const refused = [
    auth.api.get('/api/auth/sessions', { token }),
    auth.api.delete(`/api/auth/sessions/${person.id}`, undefined, { token }),
    auth.api.post('/api/auth/logout', undefined, { token }),
    auth.api.post('/api/auth/password/reset', { old_password: 'x', new_password: 'y' }, { token }),
    auth.api.post('/api/auth/totp', undefined, { token }),
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

test.serial('a scope that its owner has not is too wide; a token without a scope lacks it', async (t) => {
  const person = await auth.person();
  const wide = await create(person.token, { scopes: ['profile', 'users:manage'] });
  t.is(wide.status, 422);
  t.is(wide.body.code, 'scope_too_wide');
  const { token } = (await create(person.token, { scopes: ['logs:read'] })).body;
  const { status, body } = await auth.api.get('/api/auth/profile', { token });
  t.is(status, 403);
  t.is(body.code, 'insufficient_scope');
});

test.serial('a token is revoked by its owner only, at once and everywhere', async (t) => {
  const person = await auth.person();
  const stranger = await auth.person();
  const { id, token, expires_at } = (await create(person.token)).body;
  const revoke = (by: string) => auth.api.delete(`/api/auth/tokens/${id}`, undefined, { token: by });
  t.is((await revoke(stranger.token)).status, 404);
  t.is((await revoke(person.token)).status, 204);
  t.is((await revoke(person.token)).status, 404);
  t.is((await auth.api.get('/api/auth/profile', { token })).status, 401);
  t.deepEqual((await auth.api.get('/api/auth/tokens', { token: person.token })).body.items, []);
  const revocation = (await auth.revocations()).at(-1);
  t.is(revocation?.session_id, id);
  t.true(new Date(revocation?.until ?? 0) >= new Date(expires_at));
  t.is((await auth.logEvents(person.id)).at(-1)?.action, 'TOKEN_REVOKED');
});

test.serial('a token outlives the session that made it, and ends on its day', async (t) => {
  const person = await auth.person();
  const { token } = (await create(person.token, { expires_in_days: 2 })).body;
  await auth.api.post('/api/auth/logout', undefined, { token: person.token });
  auth.advance(2 * 86_400 - 1);
  t.is((await auth.api.get('/api/auth/profile', { token })).status, 200);
  auth.advance(1);
  t.is((await auth.api.get('/api/auth/profile', { token })).status, 401);
});
