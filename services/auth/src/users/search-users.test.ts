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
