import { newId } from '@guichet/database';
import test from 'ava';
import { openTestAuth, PASSWORD, type Person } from '../fixtures.ts';

const auth = await openTestAuth();
test.after.always(() => auth.close());
let agent: Person;
let superuser: Person;
test.before(async () => {
  agent = await auth.person('agent');
  superuser = await auth.person('superuser');
});
const act = (id: string, action: string, { token } = agent, body?: object) =>
  auth.api.post(`/api/auth/users/${id}/${action}`, body, { token });
const lastMail = async (email: string | null) => (await auth.mails(email ?? '')).at(-1);

test('an agent activates a registration, and the member gets a mail', async (t) => {
  const user = await auth.user({ status: 'pending' });
  const { status, body } = await act(user.id, 'activate');
  t.is(status, 200);
  t.like(body, { id: user.id, status: 'active' });
  t.is((await lastMail(user.email))?.template, 'activated');
  t.like((await auth.userEvents(user.id)).at(-1), { status: 'active', version: 2 });
  const entry = (await auth.logEvents(user.id)).at(-1);
  t.like(entry, { action: 'USER_ACTIVATED', actor: { id: agent.id, role: 'agent' }, concerns: [user.id] });
  t.is((await act(user.id, 'activate')).status, 200);
  t.is((await auth.userEvents(user.id)).length, 1);
});

test('activation works from any state', async (t) => {
  for (const status of ['pending', 'rejected', 'deactivated', 'active'] as const) {
    const user = await auth.user({ status });
    t.is((await act(user.id, 'activate', agent, {})).body.status, 'active', status);
  }
});

test('deactivating a user ends every session and token at once, in every service', async (t) => {
  const user = await auth.person();
  const api = await auth.api.post(
    '/api/auth/tokens',
    { name: 'script', scopes: ['profile'], expires_in_days: 366, password: PASSWORD },
    { token: user.token },
  );
  const { status, body } = await act(user.id, 'deactivate', agent, { reason: 'A lost phone' });
  t.is(status, 200);
  t.is(body.status, 'deactivated');
  for (const token of [user.token, api.body.token]) {
    t.is((await auth.api.get('/api/auth/users/validate-token', { token })).status, 401);
  }
  t.is((await auth.api.post('/api/auth/refresh', { refresh_token: user.refreshToken })).status, 401);
  const revoked = (await auth.revocations()).map(({ session_id }) => session_id);
  t.true(revoked.includes(api.body.id));
  t.deepEqual((await lastMail(user.email))?.data, { reason: 'A lost phone' });
  const again = await act(user.id, 'deactivate');
  t.is(again.status, 409);
  t.is(again.body.code, 'not_active');
});

test('only a pending registration can be rejected', async (t) => {
  const user = await auth.user({ status: 'pending' });
  const { status, body } = await act(user.id, 'reject', agent, { reason: 'Not a customer' });
  t.is(status, 200);
  t.is(body.status, 'rejected');
  t.like(await lastMail(user.email), { template: 'rejected', data: { reason: 'Not a customer' } });
  const again = await act(user.id, 'reject');
  t.is(again.status, 409);
  t.is(again.body.code, 'not_pending');
});

test('one of two concurrent decisions is applied', async (t) => {
  const user = await auth.user({ status: 'pending' });
  const replies = await Promise.all([
    act(user.id, 'reject'),
    act(user.id, 'reject'),
    act(user.id, 'reject', superuser),
  ]);
  t.deepEqual(replies.map(({ status }) => status).sort(), [200, 409, 409]);
});

test('an agent decides about members only, and gets 404 for staff', async (t) => {
  const colleague = await auth.user({ role: 'agent' });
  for (const id of [colleague.id, superuser.id, newId()]) {
    for (const action of ['activate', 'deactivate', 'reject'])
      t.is((await act(id, action)).status, 404, action);
    t.is((await auth.api.get(`/api/auth/users/${id}`, { token: agent.token })).status, 404);
    t.is((await auth.api.delete(`/api/auth/users/${id}`, undefined, { token: agent.token })).status, 404);
  }
});

test('the superuser decides about agents; no user decides about themselves', async (t) => {
  const colleague = await auth.user({ role: 'agent' });
  t.is((await act(colleague.id, 'deactivate', superuser)).status, 200);
  t.is((await act(colleague.id, 'activate', superuser)).status, 200);
  for (const [who, id] of [
    [superuser, superuser.id],
    [agent, agent.id],
  ] as const) {
    for (const action of ['activate', 'deactivate', 'reject']) {
      const { status, body } = await act(id, action, who);
      t.is(status, 403, action);
      t.is(body.code, 'forbidden');
    }
  }
});

test('users are found by name, email, role and status, newest first, in pages', async (t) => {
  for (const [name, status] of [
    ['findme-1', 'active'],
    ['findme-2', 'pending'],
    ['findme-3', 'active'],
  ] as const) {
    await auth.user({ username: name, status, email: `${name}%@example.org`.replace('%', '') });
  }
  await auth.user({ username: 'findme-agent', role: 'agent' });
  const list = async (query: string, { token } = superuser) =>
    (await auth.api.get(`/api/auth/users?${query}`, { token })).body;
  const names = async (query: string, who = superuser) =>
    (await list(query, who)).items.map(({ username }: { username: string }) => username);

  t.deepEqual(await names('q=FINDME'), ['findme-agent', 'findme-3', 'findme-2', 'findme-1']);
  t.deepEqual(await names('q=findme', agent), ['findme-3', 'findme-2', 'findme-1']);
  t.deepEqual(await names('q=findme-1@example'), ['findme-1']);
  t.deepEqual(await names('q=findme&status=pending'), ['findme-2']);
  t.deepEqual(await names('q=findme&role=agent'), ['findme-agent']);
  t.deepEqual(await names('q=findme&role=agent', agent), []);
  t.deepEqual(await names('q=findme&role=staff', agent), []);
  t.deepEqual(await names('q=findme%25'), []);
  t.deepEqual(await names('q=find_e'), []);
  t.deepEqual(await names('q=%E5%85%AB'), []);
  const first = await list('q=findme&limit=3');
  const second = await list(`q=findme&limit=3&cursor=${first.next}`);
  t.is(first.items.length, 3);
  t.deepEqual(
    second.items.map(({ username }: { username: string }) => username),
    ['findme-1'],
  );
  t.is(second.next, null);
});

test('a token is validated with its user as they are now', async (t) => {
  const person = await auth.person();
  const { status, body } = await auth.api.get('/api/auth/users/validate-token/', { token: person.token });
  t.is(status, 200);
  t.like(body, {
    valid: true,
    user: { id: person.id, username: person.username, role: 'member', status: 'active' },
    scopes: ['profile', 'accounts:read', 'operations:write', 'logs:read'],
  });
  t.is(new Date(body.expires_at).getTime() > auth.deps.clock().getTime(), true);
  t.is((await auth.api.get('/api/auth/users/validate-token', { token: `${person.token}x` })).status, 401);
});
