import test from 'ava';
import { openTestAuth } from '../fixtures.ts';
import { createTestAgents, removeTestAgents } from './test-agents.ts';

test('test agents sign in until they are removed, and their passwords are nowhere else', async (t) => {
  const auth = await openTestAuth();
  t.teardown(() => auth.close());
  let logins: readonly { username: string; password: string }[] = [];
  const keep = async (given: typeof logins): Promise<void> => {
    logins = given;
  };
  t.is(await createTestAgents(auth.deps, keep), 3);
  const signIn = (login = logins[0]) => auth.api.post('/api/auth/login', login);
  const signedIn = await signIn();
  t.like(signedIn.body.user, { role: 'agent', status: 'active' });
  t.true(signedIn.body.scope.includes('operations:decide'));
  const written = JSON.stringify(await auth.database.db('outbox').select('payload'));
  for (const { password } of logins) t.false(written.includes(password));

  const other = await auth.user({ role: 'agent', username: 'test-agent-of-mine' });
  await auth.user({ username: 'test-agent-0123abcd-1' });
  t.is(await removeTestAgents(auth.deps), 3);
  t.is((await signIn()).body.code, 'invalid_credentials');
  const { access_token: token } = signedIn.body;
  t.is((await auth.api.get('/api/auth/profile', { token })).status, 401);
  t.truthy(await auth.signIn(other));
  t.truthy(await auth.signIn({ username: 'test-agent-0123abcd-1' }), 'a member may have such a name');
  const commands = (await auth.logEvents()).map(({ data }) => data.command);
  t.is(commands.filter((command) => command === 'test-agents create').length, 3);
  t.is(commands.filter((command) => command === 'test-agents remove').length, 3);
});

test('agents that an interrupted test left are removed by the next one', async (t) => {
  const auth = await openTestAuth();
  t.teardown(() => auth.close());
  const none = async () => undefined;
  await createTestAgents(auth.deps, none);
  await createTestAgents(auth.deps, none);
  t.is((await auth.database.db('users').where({ role: 'agent', status: 'active' })).length, 3);
  await t.throwsAsync(createTestAgents(auth.deps, () => Promise.reject(new Error('disk full'))));
  t.is((await auth.database.db('users').where({ role: 'agent', status: 'active' })).length, 0);
});
