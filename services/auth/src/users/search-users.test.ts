import test from 'ava';
import { openTestAuth } from '../fixtures.ts';

const NAMES = [
  ['Amélie', 'Ôzgür'],
  ['Bob', '50%'],
  ['Back\\slash', "O'Brien"],
  ['O’Neil', 'a_b'],
  ['日本', '😀'],
  ['Dog', '🙃'],
] as const;

test('the search text is matched literally, whatever characters it has', async (t) => {
  const auth = await openTestAuth();
  const superuser = await auth.person('superuser');
  for (const [index, [first_name, last_name]] of NAMES.entries()) {
    const { id } = await auth.user({ username: `searched-${index}` });
    await auth.database.db('users').where({ id }).update({ first_name, last_name });
  }
  const find = async (typed: string) => {
    const reply = await auth.api.get(`/api/auth/users?q=${encodeURIComponent(typed)}`, superuser);
    t.is(reply.status, 200, `${JSON.stringify(typed)}: ${reply.text}`);
    return reply.body.items
      .map((one: { first_name: string | null }) => one.first_name)
      .filter((name: string | null) => name !== null)
      .toReversed();
  };
  for (const typed of ['’', '%', '_', '\\', "'", '"', '!', '😀', '\0', '日', 'ﷺ', "' OR 1=1 -- "]) {
    t.deepEqual(
      await find(typed),
      NAMES.filter((name) => name.join(' ').includes(typed)).map(([first]) => first),
      JSON.stringify(typed),
    );
  }
  for (const typed of ['Amélie', 'amelie', 'OZGUR', 'Amélie Ôz'])
    t.deepEqual(await find(typed), ['Amélie'], typed);
  await auth.close();
});

test('the total counts the users that match the filters and that the caller supervises', async (t) => {
  const auth = await openTestAuth();
  const [agent, superuser] = [await auth.person('agent'), await auth.person('superuser')];
  for (const username of ['waits-1', 'waits-2', 'waits-3']) await auth.user({ username, status: 'pending' });
  await auth.user({ username: 'waits-4', status: 'pending', role: 'agent' });
  const total = async (query: string, by = agent) => {
    const { status, body, text } = await auth.api.get(`/api/auth/users?${query}`, by);
    t.is(status, 200, text);
    return body.total;
  };
  t.is(await total('status=pending&total=true&limit=1'), 3);
  t.is(await total('status=pending&total=true&q=waits-2'), 1);
  t.is(await total('status=pending&role=agent&total=true'), 0, 'an agent supervises no agents');
  t.is(await total('status=pending&total=true', superuser), 4);
  t.is(await total('status=pending'), null, 'it was not asked for');
  await auth.close();
});
