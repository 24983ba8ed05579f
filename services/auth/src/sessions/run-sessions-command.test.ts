import { hostname } from 'node:os';
import test from 'ava';
import { openTestAuth } from '../fixtures.ts';
import { UsageError } from '../usage-error.ts';
import { runSessionsCommand } from './run-sessions-command.ts';

const auth = await openTestAuth();
test.after.always(() => auth.close());
const run = async (...args: string[]) => (await runSessionsCommand(auth.deps, args)).join('\n');
const status = async (token: string) => (await auth.api.get('/api/auth/profile', { token })).status;
const sessionIdOf = (token: string): string =>
  JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).sid;

test.serial('the list shows the open sessions of all users, or of one, and is not logged', async (t) => {
  t.is(await run('list'), 'No session is open.');
  const [one, other] = [await auth.person(), await auth.person('agent')];
  await auth.signIn(one);
  const events = (await auth.logEvents()).length;
  t.is((await run('list')).split('\n').length, 3);
  const listed = await run('list', one.username.toUpperCase());
  t.is(listed.split('\n').length, 2);
  t.true(listed.includes(sessionIdOf(one.token)));
  t.regex(listed, new RegExp(`  ${one.username}  signed in 20.*  password only  127\\.0\\.0\\.1`));
  t.false(listed.includes(other.username));
  await auth.api.post('/api/auth/logout', undefined, other);
  t.is(await run('list', other.username), 'No session is open.');
  t.is((await auth.logEvents()).length, events + 1);
});

test.serial('a client can’t steer the operator’s terminal with its name', async (t) => {
  const person = await auth.person();
  await auth.database
    .db('sessions')
    .where({ user_id: person.id })
    .update({ user_agent: 'a\u001b[2Jb\u009bc' });
  const listed = await run('list', person.username);
  t.true(listed.endsWith('a?[2Jb?c'), listed);
});

test.serial('one session is ended by its id, and the others stay', async (t) => {
  const person = await auth.person();
  const other = await auth.signIn(person);
  const id = sessionIdOf(other.access_token);
  t.regex(await run('end', id), new RegExp(`Sessions ended: 1, of ${person.username}`));
  t.deepEqual([await status(other.access_token), await status(person.token)], [401, 200]);
  t.true((await auth.revocations()).some(({ session_id }) => session_id === id));
  t.like((await auth.logEvents(person.id)).at(-1), {
    action: 'ADMIN_COMMAND',
    actor: null,
    subject: { type: 'user', id: person.id },
    data: { command: 'sessions end', session_id: id, host: hostname() },
  });
  await t.throwsAsync(run('end', id), { message: /no open session has the id/ });
});

test.serial('the sessions of a user, or of all, are ended', async (t) => {
  const [one, other] = [await auth.person(), await auth.person()];
  t.regex(await run('end', one.username), /Sessions ended: 1, of users: 1/);
  t.deepEqual([await status(one.token), await status(other.token)], [401, 200]);
  t.regex(await run('end', '--all'), /Sessions ended: \d+, of users: \d+/);
  t.is(await status(other.token), 401);
});

test.serial('an unknown user and an unknown command are errors that say so', async (t) => {
  await t.throwsAsync(run('end', 'no-such-user'), { message: 'no user is named no-such-user' });
  await t.throwsAsync(run('list', 'no-such-user'), { message: 'no user is named no-such-user' });
  for (const args of [[], ['end'], ['list', 'a', 'b'], ['delete', 'a']])
    await t.throwsAsync(run(...args), { instanceOf: UsageError, message: /^use list/ });
});
