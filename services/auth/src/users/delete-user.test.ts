import test from 'ava';
import { createAccountsClient } from '../accounts-client.ts';
import { openTestAuth, PASSWORD, type Person } from '../fixtures.ts';

type Answer = { status: number; body: unknown } | Error;
let answer: Answer = { status: 204, body: null };
const requests: { path: string; correlationId?: string }[] = [];
const accounts = createAccountsClient({
  async request({ path, correlationId }) {
    requests.push({ path, ...(correlationId === undefined ? {} : { correlationId }) });
    if (answer instanceof Error) throw answer;
    return answer;
  },
});
const auth = await openTestAuth({ accounts });
test.after.always(() => auth.close());
let agent: Person;
let superuser: Person;
test.before(async () => {
  agent = await auth.person('agent');
  superuser = await auth.person('superuser');
});
const remove = (id: string, { token } = agent) =>
  auth.api.delete(`/api/auth/users/${id}`, undefined, { token, headers: { 'x-request-id': 'leaving-1' } });

test.serial('deleting a user erases their data, access, username and email address', async (t) => {
  const user = await auth.person();
  const { db } = auth.database;
  await db('users').where({ id: user.id }).update({ first_name: 'Forget', last_name: 'Me' });
  await auth.api.post(
    '/api/auth/tokens',
    { name: 'my-script', scopes: ['profile'], expires_in_days: 1, password: PASSWORD },
    { token: user.token },
  );
  t.is((await remove(user.id)).status, 204);
  t.deepEqual(requests.at(-1), { path: `/internal/people/${user.id}/leave`, correlationId: 'leaving-1' });

  t.is((await auth.api.get('/api/auth/profile', { token: user.token })).status, 401);
  t.is((await auth.api.post('/api/auth/login', { username: user.username, password: PASSWORD })).status, 401);
  t.is((await auth.api.get(`/api/auth/users/${user.id}`, { token: superuser.token })).status, 404);
  t.is((await remove(user.id)).status, 404);
  const event = (await auth.userEvents(user.id)).at(-1);
  t.like(event, { status: 'deleted', email: null, first_name: null, last_name: null });
  t.is((await auth.mails(user.email ?? '')).at(-1)?.template, 'deleted');
  t.is((await auth.logEvents(user.id)).at(-1)?.action, 'USER_DELETED');

  const rows = await Promise.all(
    ['users', 'sessions', 'api_tokens'].map((table) =>
      db(table).where(table === 'users' ? 'id' : 'user_id', user.id),
    ),
  );
  for (const word of [user.username, user.email ?? '', 'Forget', 'my-script', '127.0.0.1']) {
    t.false(
      JSON.stringify(rows, (_, value) => (typeof value === 'bigint' ? String(value) : value)).includes(word),
      word,
    );
  }
  const again = await auth.api.post('/api/auth/register', {
    username: user.username,
    email: user.email,
    password: PASSWORD,
  });
  t.is(again.status, 201);
  t.not(again.body.id, user.id);
});

test.serial('a user with money or a pending request is not deleted', async (t) => {
  const user = await auth.user();
  answer = { status: 409, body: { code: 'user_has_accounts' } };
  const { status, body } = await remove(user.id);
  t.is(status, 409);
  t.is(body.code, 'user_has_accounts');
  t.is((await auth.signIn(user)).access_token.length > 0, true);
});

test.serial('while accounts is unavailable the reply is 503 with Retry-After', async (t) => {
  const user = await auth.user();
  for (const trouble of [
    new Error('connection refused'),
    { status: 503, body: null },
    { status: 404, body: null },
  ]) {
    answer = trouble;
    const { status, body, headers } = await remove(user.id);
    t.is(status, 503);
    t.is(body.code, 'unavailable');
    t.truthy(headers['retry-after']);
  }
  answer = { status: 204, body: null };
});

test.serial('an agent is deleted by the superuser, whatever accounts does', async (t) => {
  answer = new Error('connection refused');
  const colleague = await auth.person('agent');
  t.is((await remove(colleague.id, superuser)).status, 204);
  t.is((await auth.api.get('/api/auth/profile', { token: colleague.token })).status, 401);
  t.is((await remove(superuser.id, superuser)).status, 403);
});
