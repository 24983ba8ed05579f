import { scopesOf as scopesOfRole } from '@guichet/contract';
import test from 'ava';
import { codeNow, openTestAuth, PASSWORD, type Person } from '../fixtures.ts';
import { hashOpaqueToken } from '../opaque-token.ts';
import { addPasskey } from '../passkeys/software-authenticator.fixture.ts';

const auth = await openTestAuth({ asPeer: 'accounts', policy: { requireTotpForStaff: true } });
test.after.always(() => auth.close());

const scopesOf = async (token: string) =>
  (await auth.api.get('/api/auth/users/validate-token', { token })).body.scopes;
const refresh = async (refresh_token: string) =>
  (await auth.api.post('/api/auth/refresh', { refresh_token })).body;
const scopesInToken = (token: string) =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).scope;
const AGENT_SCOPES = scopesOfRole('agent');

/** Sets up a second factor in the session of a token. @returns its secret */
async function enrol(token: string, at = auth): Promise<string> {
  const started = await at.api.post('/api/auth/totp', { password: PASSWORD }, { token });
  const { secret } = started.body;
  await at.api.post('/api/auth/totp/confirm', { code: codeNow(at, secret) }, { token });
  return secret;
}

/** Signs in with a code that was not used before. */
async function signInWithCode(person: Person, secret: string) {
  auth.advance(60);
  return auth.signIn(person, { totp: codeNow(auth, secret) });
}

test.serial('staff without a second factor can only set one up, and then act in that session', async (t) => {
  for (const role of ['agent', 'superuser'] as const) {
    const person = await auth.person(role);
    t.is(scopesInToken(person.token), 'profile', 'also for the other services');
    t.deepEqual(await scopesOf(person.token), ['profile']);
    t.is((await auth.api.get('/api/auth/profile', { token: person.token })).status, 200);
    const users = await auth.api.get('/api/auth/users', { token: person.token });
    t.is(users.body.code, 'insufficient_scope');
    const renewed = await refresh(person.refreshToken);
    t.is(scopesInToken(renewed.access_token), 'profile', 'also after a refresh');

    await enrol(renewed.access_token);
    const { access_token: token } = await refresh(renewed.refresh_token);
    t.true(scopesInToken(token).includes('users:manage'));
    t.is((await auth.api.get('/api/auth/users', { token })).status, 200);
  }
});

test.serial('a sign-in with a second factor has every scope of the role', async (t) => {
  const person = await auth.person('agent');
  const secret = await enrol(person.token);
  const { access_token: token } = await signInWithCode(person, secret);
  t.deepEqual(await scopesOf(token), AGENT_SCOPES);
});

test.serial('a passkey is a second factor, and with the last one removed every session ends', async (t) => {
  const person = await auth.person('agent');
  const thief = await auth.signIn(person);
  const { passkey } = await addPasskey(auth, person.token);
  t.is((await auth.api.get('/api/auth/profile', { token: thief.access_token })).status, 401);
  const renewed = await refresh(person.refreshToken);
  t.deepEqual(await scopesOf(renewed.access_token), AGENT_SCOPES);
  const path = `/api/auth/passkeys/${passkey.id}`;
  const removed = await auth.api.delete(path, { password: PASSWORD }, { token: renewed.access_token });
  t.is(removed.status, 204);
  t.is((await auth.api.get('/api/auth/profile', { token: renewed.access_token })).status, 401);
  t.deepEqual(await scopesOf((await auth.signIn(person)).access_token), ['profile']);
});

test.serial('members need no second factor', async (t) => {
  const { token } = await auth.person();
  t.deepEqual(await scopesOf(token), scopesOfRole('member'));
});

test.serial('when one is set up, the other sessions end, because one may be that of a thief', async (t) => {
  const person = await auth.person('agent');
  const thief = await auth.signIn(person);
  await enrol(person.token);
  t.is((await auth.api.get('/api/auth/profile', { token: thief.access_token })).status, 401);
  t.is((await auth.api.post('/api/auth/refresh', { refresh_token: thief.refresh_token })).status, 401);
  t.is((await auth.api.get('/api/auth/profile', { token: person.token })).status, 200);
});

test.serial('when it is turned off, every session ends, and the next can only set one up', async (t) => {
  const person = await auth.person('agent');
  const secret = await enrol(person.token);
  const { access_token: token } = await signInWithCode(person, secret);
  t.is((await auth.api.delete('/api/auth/totp', { password: PASSWORD }, { token })).status, 204);
  t.is((await auth.api.get('/api/auth/profile', { token })).status, 401);
  const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString());
  t.true((await auth.revocations()).some(({ session_id }) => session_id === claims.sid));
  t.deepEqual(await scopesOf((await auth.signIn(person)).access_token), ['profile']);
});

test.serial('an API token of staff without a second factor can only read the profile', async (t) => {
  const person = await auth.person('agent');
  const wanted = { name: 'ci', expires_in_days: 30, password: PASSWORD };
  const create = (token: string, scopes: string[]) =>
    auth.api.post('/api/auth/tokens', { ...wanted, scopes }, { token });
  t.is((await create(person.token, ['profile', 'users:manage'])).body.code, 'scope_too_wide');

  const secret = await enrol(person.token);
  const { access_token: session } = await signInWithCode(person, secret);
  const { token } = (await create(session, ['profile', 'users:manage'])).body;
  const introspected = async () =>
    (await auth.api.post('/internal/tokens/introspect', { token_hash: hashOpaqueToken(token) })).body.caller
      .scopes;
  t.deepEqual(await introspected(), ['profile', 'users:manage']);
  await auth.api.delete('/api/auth/totp', { password: PASSWORD }, { token: session });
  t.deepEqual(await introspected(), ['profile']);
  t.is((await auth.api.get('/api/auth/users', { token })).body.code, 'insufficient_scope');
});

test.serial(
  'an API token that the password alone made does not outlive the first second factor',
  async (t) => {
    const lenient = await openTestAuth();
    t.teardown(() => lenient.close());
    for (const add of ['totp', 'passkey'] as const) {
      lenient.deps.policy.requireTotpForStaff = false;
      const person = await lenient.person('agent');
      const wanted = { name: 'loot', scopes: ['users:manage'], expires_in_days: 30, password: PASSWORD };
      const thief = await lenient.signIn(person);
      const api = await lenient.api.post('/api/auth/tokens', wanted, { token: thief.access_token });
      lenient.deps.policy.requireTotpForStaff = true;
      const listUsers = () => lenient.api.get('/api/auth/users', { token: api.body.token });
      t.is((await listUsers()).body.code, 'insufficient_scope');
      if (add === 'totp') await enrol(person.token, lenient);
      else await addPasskey(lenient, person.token);
      t.is((await listUsers()).status, 401, add);
      t.true((await lenient.revocations()).some(({ session_id }) => session_id === api.body.id));

      const { token, id } = (await lenient.api.post('/api/auth/tokens', wanted, { token: person.token }))
        .body;
      if (add === 'totp') await addPasskey(lenient, person.token);
      else await enrol(person.token, lenient);
      const used = await lenient.api.get('/api/auth/users', { token });
      t.is(used.status, 200, `${id} was made after a second factor was proved`);
    }
  },
);

test.serial('a session that can only set up a second factor exports what it may read', async (t) => {
  for (const role of ['agent', 'superuser'] as const) {
    const person = await auth.person(role);
    const exportOf = (token: string) => auth.api.get('/api/auth/profile/export', { token });
    const { body } = await exportOf(person.token);
    t.is(body.log, null);
    t.is(body.accounts, null);
    t.is(body.withheld.at(-1).what, 'token_scopes');
    await enrol(person.token);
    const { access_token: token } = await refresh(person.refreshToken);
    const whole = (await exportOf(token)).body;
    t.deepEqual([whole.log, whole.accounts], [[], []]);
    t.false(whole.withheld.some(({ what }: { what: string }) => what === 'token_scopes'));
  }
});

test.serial('a token issued before staff needed a second factor is worth no more in auth', async (t) => {
  const lenient = await openTestAuth();
  t.teardown(() => lenient.close());
  const person = await lenient.person('agent');
  t.is((await lenient.api.get('/api/auth/users', { token: person.token })).status, 200);
  lenient.deps.policy.requireTotpForStaff = true;
  t.is((await lenient.api.get('/api/auth/users', { token: person.token })).body.code, 'insufficient_scope');
});
