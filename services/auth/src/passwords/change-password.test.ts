import test from 'ava';
import { linkToken, openTestAuth, PASSWORD } from '../fixtures.ts';

const auth = await openTestAuth();
test.after.always(() => auth.close());
const NEXT = 'parsnips-every-thursday';
const reset = (token: string, old_password: string, new_password: string) =>
  auth.api.post('/api/auth/password/reset', { old_password, new_password }, { token });
const status = async (token: string) => (await auth.api.get('/api/auth/profile', { token })).status;

test('a password is changed with the old one; the other sessions end, API tokens stay', async (t) => {
  const person = await auth.person();
  const other = await auth.signIn(person);
  const api = await auth.api.post(
    '/api/auth/tokens',
    { name: 'script', scopes: ['profile'], expires_in_days: 1, password: PASSWORD },
    { token: person.token },
  );
  t.is((await reset(person.token, PASSWORD, NEXT)).status, 204);
  t.is(await status(person.token), 200);
  t.is(await status(other.access_token), 401);
  t.is(await status(api.body.token), 200);
  t.is((await auth.api.post('/api/auth/refresh', { refresh_token: other.refresh_token })).status, 401);
  t.is((await auth.api.post('/api/auth/refresh', { refresh_token: person.refreshToken })).status, 200);

  const login = (password: string) =>
    auth.api.post('/api/auth/login', { username: person.username, password });
  t.is((await login(PASSWORD)).body.code, 'invalid_credentials');
  t.is((await login(NEXT)).status, 200);
  t.is((await auth.mails(person.email ?? '')).at(-1)?.template, 'password_changed');
  t.like(
    (await auth.logEvents(person.id)).find(({ action }) => action === 'PASSWORD_CHANGED'),
    {
      data: { sessions_ended: 1 },
    },
  );
});

test('a wrong old password is refused, and guessing it locks the account as at login', async (t) => {
  const person = await auth.person();
  for (let failure = 1; failure <= 5; failure += 1) {
    const { status, body } = await reset(person.token, 'not-my-password', NEXT);
    t.is(status, 403);
    t.is(body.code, 'wrong_password');
  }
  const locked = await reset(person.token, PASSWORD, NEXT);
  t.is(locked.status, 429);
  t.is(locked.headers['retry-after'], '30');
});

test('a wrong password of a signed-in user is logged, and of the attempts that a lock refuses only the first', async (t) => {
  const person = await auth.person();
  const actions = async () =>
    (await auth.logEvents(person.id))
      .map(({ action }) => action)
      .filter((action) => ['WRONG_PASSWORD', 'ATTEMPT_WHILE_LOCKED'].includes(action));
  for (let failure = 1; failure <= 5; failure += 1) await reset(person.token, 'not-my-password', NEXT);
  t.deepEqual(await actions(), Array(5).fill('WRONG_PASSWORD'));
  for (let attempt = 1; attempt <= 4; attempt += 1) {
    const email = { email: 'x@example.org', current_password: PASSWORD };
    const refused = await auth.api.patch('/api/auth/profile', email, { token: person.token });
    t.is(refused.status, 429);
  }
  await Promise.all([1, 2, 3].map(() => reset(person.token, PASSWORD, NEXT)));
  t.deepEqual((await actions()).slice(5), ['ATTEMPT_WHILE_LOCKED']);
  t.like((await auth.logEvents(person.id)).at(-1), {
    level: 'WARNING',
    actor: null,
    subject: { type: 'user', id: person.id },
    concerns: [person.id],
    data: { method: 'password' },
  });
});

test('a weak new password is refused', async (t) => {
  const person = await auth.person();
  for (const weak of ['short', 'motdepasse123', `${person.username}-and-more`, 'y'.repeat(129)]) {
    const { status, body } = await reset(person.token, PASSWORD, weak);
    t.is(status, 422, weak);
    t.is(body.code, 'password_too_weak');
  }
  t.is((await auth.signIn(person)).access_token.length > 0, true);
});

test('a new password that contains a name of the profile as it is now is refused', async (t) => {
  const person = await auth.person();
  const named = { first_name: 'Zoé', last_name: 'Lefèvre' };
  t.is((await auth.api.patch('/api/auth/profile', named, { token: person.token })).status, 200);
  const refused = await reset(person.token, PASSWORD, 'tall-lefevre-house');
  t.is(refused.body.code, 'password_too_weak');
  t.is(refused.body.detail, 'The password must not contain your name');
  t.is((await reset(person.token, PASSWORD, 'tall-dubois-house')).status, 204);
});

test('a change voids the links that could set another password or address', async (t) => {
  const person = await auth.person();
  await auth.api.post('/api/auth/password/forgot', { email: person.email });
  const token = linkToken((await auth.mails(person.email ?? '')).at(-1));
  const address = { email: 'elsewhere@example.org', current_password: PASSWORD };
  t.is((await auth.api.patch('/api/auth/profile', address, { token: person.token })).status, 200);
  const confirmation = linkToken((await auth.mails(address.email)).at(-1));

  t.is((await reset(person.token, PASSWORD, NEXT)).status, 204);
  const recovery = await auth.api.post('/api/auth/password/recover', { token, new_password: `${NEXT}-2` });
  t.is(recovery.body.code, 'invalid_link');
  const confirmed = await auth.api.post('/api/auth/profile/confirm-email', { token: confirmation });
  t.is(confirmed.body.code, 'invalid_link');
});

test('one of two concurrent changes succeeds', async (t) => {
  const person = await auth.person();
  const replies = await Promise.all([
    reset(person.token, PASSWORD, `${NEXT}-1`),
    reset(person.token, PASSWORD, `${NEXT}-2`),
  ]);
  t.deepEqual(replies.map(({ status }) => status).sort(), [204, 403]);
});
