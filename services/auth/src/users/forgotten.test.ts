import { placesOf } from '@guichet/testing';
import test from 'ava';
import { openTestAuth, PASSWORD } from '../fixtures.ts';

const auth = await openTestAuth();
test.after.always(() => auth.close());

/** Where words of a deleted user stay, and why. */
const STAYS: Readonly<Record<string, string>> = {
  'outbox.payload': 'for a week, so that a lost stream can be filled again',
};
const CUSTOMER_AGENT = 'Zqxbrowser/1';

test.serial('nothing but an id is left of a deleted user', async (t) => {
  const { db } = auth.database;
  const agent = await auth.person('agent');
  const user = await auth.user({ username: 'zqxuser', email: 'zqxmail@zqx.example' });
  const headers = { 'user-agent': CUSTOMER_AGENT, 'x-forwarded-for': '198.51.100.77' };
  const signIn = (password: string) =>
    auth.api.post('/api/auth/login', { username: user.username, password }, { headers });
  const { access_token: token } = (await signIn(PASSWORD)).body;
  const names = { first_name: 'Zqxfirst', last_name: 'Zqxlast' };
  await auth.api.patch('/api/auth/profile', names, { token });
  await auth.api.post(`/api/auth/users/${user.id}/verify-name`, {}, { token: agent.token });
  await auth.api.patch(
    '/api/auth/profile',
    { email: 'zqxnew@zqx.example', current_password: PASSWORD },
    { token },
  );
  const body = { name: 'zqxtoken', scopes: ['profile'], expires_in_days: 1, password: PASSWORD };
  await auth.api.post('/api/auth/tokens', body, { token });
  await auth.api.post(`/api/auth/users/${user.id}/notes`, { text: 'Zqxnote' }, { token: agent.token });
  await auth.api.post('/api/auth/totp', { password: PASSWORD }, { token });
  await auth.api.post('/api/auth/password/forgot', { email: user.email });
  await signIn('wrong');
  t.true((await placesOf(auth.database.db, ['zqx'])).length > 8);

  t.is((await auth.api.delete(`/api/auth/users/${user.id}`, undefined, { token: agent.token })).status, 204);
  t.deepEqual(await placesOf(auth.database.db, ['zqx', '198.51.100.77']), Object.keys(STAYS));
  for (const table of [
    'totp_secrets',
    'recovery_codes',
    'passkeys',
    'mailed_links',
    'customer_notes',
    'known_devices',
    'trusted_devices',
    'unfinished_sign_ins',
    'webauthn_challenges',
    'step_ups',
  ])
    t.deepEqual(await db(table).where({ user_id: user.id }), [], table);
  t.deepEqual(await db('failed_attempts'), []);
});

test.serial('the notes of a deleted agent stay with the customer, without the agent’s name', async (t) => {
  const superuser = await auth.person('superuser');
  const customer = await auth.person();
  const author = await auth.user({ role: 'agent', username: 'zqxauthor' });
  const { access_token: token } = await auth.signIn(author);
  const path = `/api/auth/users/${customer.id}/notes`;
  await auth.api.post(path, { text: 'Called about a card' }, { token });
  await auth.api.delete(`/api/auth/users/${author.id}`, undefined, { token: superuser.token });
  const [note] = (await auth.api.get(path, { token: superuser.token })).body.items;
  t.is(note.text, 'Called about a card');
  t.regex(note.author.username, /^deleted:/);
});
