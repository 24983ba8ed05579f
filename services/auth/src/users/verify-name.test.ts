import test from 'ava';
import { openTestAuth, type Person } from '../fixtures.ts';

const auth = await openTestAuth();
test.after.always(() => auth.close());
let agent: Person;
test.before(async () => {
  agent = await auth.person('agent');
});
const act = (id: string, action: string, body?: object, { token } = agent) =>
  auth.api.post(`/api/auth/users/${id}/${action}`, body, { token });
const rename = (person: Person, first_name: string, last_name: string) =>
  auth.api.patch('/api/auth/profile', { first_name, last_name }, { token: person.token });
const waiting = async (first_name: string, last_name: string) => {
  const user = await auth.user({ status: 'pending' });
  await auth.database.db('users').where({ id: user.id }).update({ first_name, last_name });
  return user;
};

test('activation verifies the name, and a later change of the profile leaves the verified one', async (t) => {
  const user = await waiting('Jon', 'Lord');
  const jon = { first_name: 'Jon', last_name: 'Lord' };
  t.deepEqual((await act(user.id, 'activate')).body.verified_name, jon);
  t.deepEqual((await auth.userEvents(user.id)).at(-1)?.verified_name, jon);
  const { access_token: token } = await auth.signIn(user);
  const { body } = await auth.api.patch('/api/auth/profile', { last_name: 'Miss' }, { token });
  t.like(body, { last_name: 'Miss', verified_name: jon });
  t.deepEqual((await auth.userEvents(user.id)).at(-1)?.verified_name, jon);
});

test('an agent verifies the current name, with an audit log entry', async (t) => {
  const member = await auth.person();
  t.is((await auth.api.get('/api/auth/profile', member)).body.verified_name, null);
  await rename(member, 'Ann', 'Lee');
  const { status, body } = await act(member.id, 'verify-name');
  t.is(status, 200);
  t.deepEqual(body.verified_name, { first_name: 'Ann', last_name: 'Lee' });
  t.deepEqual((await auth.userEvents(member.id)).at(-1)?.verified_name, body.verified_name);
  t.like((await auth.logEvents(member.id)).at(-1), {
    action: 'NAME_VERIFIED',
    actor: { id: agent.id },
    data: { verified_name_before: null, verified_name: body.verified_name },
  });
  const events = (await auth.userEvents(member.id)).length;
  t.is((await act(member.id, 'verify-name')).status, 200);
  t.is((await auth.userEvents(member.id)).length, events);
});

test('a name that changed after it was shown is not verified', async (t) => {
  const member = await auth.person();
  await rename(member, 'Ann', 'Lee');
  const name = { first_name: 'Ann', last_name: 'Lee' };
  await rename(member, 'Ann', 'Bezos');
  const refused = await act(member.id, 'verify-name', { name });
  t.is(refused.status, 409);
  t.is(refused.body.code, 'name_changed');
  t.is((await auth.api.get('/api/auth/profile', member)).body.verified_name, null);

  const user = await waiting('Eve', 'Ashe');
  t.is((await act(user.id, 'activate', { name })).body.code, 'name_changed');
  t.is((await act(user.id, 'activate', { name: { first_name: 'Eve', last_name: 'Ashe' } })).status, 200);
});

test('only agents verify names, and only those of members', async (t) => {
  const member = await auth.person();
  const superuser = await auth.person('superuser');
  t.is((await act(member.id, 'verify-name', {}, superuser)).body.code, 'forbidden');
  t.is((await act(member.id, 'verify-name', {}, member)).body.code, 'forbidden');
  t.is((await act((await auth.user({ role: 'agent' })).id, 'verify-name')).status, 404);
  t.is((await act(agent.id, 'verify-name')).status, 403);
});
