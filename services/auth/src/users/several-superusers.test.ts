import test from 'ava';
import {
  codeNow,
  linkToken,
  openTestAuth,
  PASSWORD,
  type Person,
  replicaOf,
  type TestAuth,
} from '../fixtures.ts';

const act = (auth: TestAuth, { token }: Person, action: string, { id }: { id: string }) =>
  auth.api.post(`/api/auth/users/${id}/${action}`, {}, { token });
const activeSuperusers = (auth: TestAuth) =>
  auth.database.db('users').where({ role: 'superuser', status: 'active' }).pluck('username');

test('a superuser invites another one, who accepts with the mailed link and manages staff', async (t) => {
  const auth = await openTestAuth();
  t.teardown(() => auth.close());
  const root = await auth.person('superuser');
  const body = { username: 'second', email: 'second@example.org', role: 'superuser' };
  const invited = await auth.api.post('/api/auth/agents', body, root);
  t.like(invited, { status: 201, body: { role: 'superuser', status: 'pending' } });
  t.like((await auth.logEvents(invited.body.id))[0], {
    action: 'SUPERUSER_CREATED',
    level: 'WARNING',
    actor: { id: root.id },
  });
  auth.advance(61);
  const again = await auth.api.post(`/api/auth/agents/${invited.body.id}/invite`, undefined, root);
  t.is(again.status, 200);
  const mails = await auth.mails(body.email);
  t.deepEqual(
    mails.map(({ template, data }) => [template, 'role' in data && data.role]),
    [
      ['agent_invited', 'superuser'],
      ['agent_invited', 'superuser'],
    ],
  );
  const accept = (mail: (typeof mails)[number] | undefined) =>
    auth.api.post('/api/auth/password/recover', { token: linkToken(mail), new_password: PASSWORD });
  t.is((await accept(mails[0])).body.code, 'invalid_link');
  t.is((await accept(mails[1])).status, 204);
  const { access_token: token } = await auth.signIn(body);
  const staff = await auth.api.get('/api/auth/users?role=staff', { token });
  t.deepEqual(
    staff.body.items.map(({ username }: { username: string }) => username),
    ['second', root.username],
  );
  t.is((await auth.api.get('/api/auth/users?role=superuser', { token })).body.items.length, 2);
});

test('the role is agent unless the request names the other one', async (t) => {
  const auth = await openTestAuth();
  t.teardown(() => auth.close());
  const root = await auth.person('superuser');
  const create = (name: string, more: object) =>
    auth.api.post('/api/auth/agents', { username: name, email: `${name}@example.org`, ...more }, root);
  t.is((await create('plain', {})).body.role, 'agent');
  t.is((await create('nothing', { role: null })).body.role, 'agent');
  t.is((await create('wrong', { role: 'member' })).body.code, 'invalid_request');
});

test('an API token creates agents, but no superuser, who would have more scopes than the token', async (t) => {
  const auth = await openTestAuth();
  t.teardown(() => auth.close());
  const root = await auth.person('superuser');
  const wanted = { name: 'ci', scopes: ['agents:manage'], expires_in_days: 1, password: PASSWORD };
  const { token } = (await auth.api.post('/api/auth/tokens', wanted, root)).body;
  const create = (username: string, role: string) =>
    auth.api.post(
      '/api/auth/agents',
      { username, email: `${username}@example.org`, password: PASSWORD, role },
      { token },
    );
  t.is((await create('an-agent', 'agent')).status, 201);
  const refused = await create('a-superuser', 'superuser');
  t.is(refused.status, 403);
  t.is(refused.body.code, 'forbidden');
});

test('a superuser deactivates, activates and deletes another one, and agents see neither', async (t) => {
  const auth = await openTestAuth();
  t.teardown(() => auth.close());
  const [root, other, agent] = [
    await auth.person('superuser'),
    await auth.person('superuser'),
    await auth.person('agent'),
  ];
  for (const action of ['deactivate', 'activate']) t.is((await act(auth, agent, action, other)).status, 404);
  t.is((await act(auth, root, 'deactivate', other)).body.status, 'deactivated');
  t.is((await auth.api.get('/api/auth/profile', other)).status, 401);
  t.is((await act(auth, root, 'activate', other)).body.status, 'active');
  t.is((await auth.api.delete(`/api/auth/users/${other.id}`, undefined, root)).status, 204);
  t.deepEqual(await activeSuperusers(auth), [root.username]);
  t.is((await act(auth, root, 'deactivate', root)).body.code, 'forbidden');
  t.is((await auth.api.delete(`/api/auth/users/${root.id}`, undefined, root)).body.code, 'forbidden');
});

test('superusers who remove each other at the same moment, on several replicas, leave one', async (t) => {
  const auth = await openTestAuth();
  const replicas = [await replicaOf(auth), await replicaOf(auth), await replicaOf(auth)];
  t.teardown(async () => {
    await Promise.all(replicas.map((replica) => replica.close()));
    await auth.close();
  });
  const remove = (how: 'delete' | 'deactivate', replica: number, by: Person, { id }: Person) => {
    const { api } = replicas[replica] as (typeof replicas)[number];
    return how === 'delete'
      ? api.delete(`/api/auth/users/${id}`, undefined, by)
      : api.post(`/api/auth/users/${id}/deactivate`, {}, by);
  };
  for (let round = 0; round < 12; round += 1) {
    const how = round % 2 === 0 ? 'delete' : 'deactivate';
    const count = round % 3 === 0 ? 2 : 3;
    const people = await Promise.all(Array.from({ length: count }, () => auth.person('superuser')));
    const replies = await Promise.all(
      people.map((by, index) => remove(how, index, by, people[(index + 1) % count] as Person)),
    );
    const removed = replies.filter(({ status }) => status < 300).length;
    t.true(removed >= 1 && removed < count, `${replies.map(({ status }) => status)}`);
    for (const { status } of replies) t.true([200, 204, 401, 404, 409].includes(status), `${status}`);
    t.is((await activeSuperusers(auth)).length, count - removed, `round ${round}`);
    await auth.database
      .db('users')
      .where({ role: 'superuser', status: 'active' })
      .update({ status: 'rejected' });
  }
});

test('the only superuser with the second factor that staff need is not removed', async (t) => {
  const auth = await openTestAuth();
  t.teardown(() => auth.close());
  const [root, other] = [await auth.person('superuser'), await auth.person('superuser')];
  const enrol = async ({ token }: Person) => {
    const { secret } = (await auth.api.post('/api/auth/totp', { password: PASSWORD }, { token })).body;
    await auth.api.post('/api/auth/totp/confirm', { code: codeNow(auth, secret) }, { token });
  };
  await enrol(root);
  await enrol(other);
  // While none was needed, this superuser turned theirs off in a session that had proved it.
  await auth.api.delete('/api/auth/totp', { password: PASSWORD }, root);
  auth.deps.policy.requireTotpForStaff = true;
  const before = (await auth.logEvents()).length;
  for (const reply of [
    await act(auth, root, 'deactivate', other),
    await auth.api.delete(`/api/auth/users/${other.id}`, undefined, root),
  ]) {
    t.is(reply.status, 409);
    t.is(reply.body.code, 'last_superuser');
  }
  t.is((await auth.logEvents()).length, before);
  await enrol(root);
  t.is((await act(auth, root, 'deactivate', other)).status, 200);
});
