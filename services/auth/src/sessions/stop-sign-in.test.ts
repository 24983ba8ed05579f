import test from 'ava';
import { linkToken, openTestAuth, PASSWORD, type Person } from '../fixtures.ts';
import { addPasskey } from '../passkeys/software-authenticator.fixture.ts';

const auth = await openTestAuth();
test.after.always(() => auth.close());
const NEXT = 'parsnips-every-thursday';
const DAY = 86_400;
const THIEF = { 'user-agent': 'Thief/1.0', 'x-forwarded-for': '198.51.100.66' };

const logIn = (username: string, password = PASSWORD, headers = {}) =>
  auth.api.post('/api/auth/login', { username, password }, { headers });
const stop = (token: string) => auth.api.post('/api/auth/sessions/stop-sign-in', { token });
const status = async (token: string) => (await auth.api.get('/api/auth/profile', { token })).status;
const lastMail = async ({ email }: Pick<Person, 'email'>) => (await auth.mails(email ?? '')).at(-1);

/** A user in whose name a thief signs in from a new device, with the token in the mail about it. */
async function robbed() {
  const person = await auth.person();
  const thief = (await logIn(person.username, PASSWORD, THIEF)).body;
  const mail = await lastMail(person);
  return { person, thief, mail, token: linkToken(mail) };
}

test.serial(
  'the link in the mail about a new device ends every session and asks for a new password',
  async (t) => {
    const { person, thief, mail, token } = await robbed();
    t.is(mail?.template, 'new_device');
    t.regex(String(mail?.data.link), /^https:\/\/bank\.example\/stop-sign-in\?token=[A-Za-z0-9_-]{43}$/);
    t.false(JSON.stringify(await auth.database.db('mailed_links')).includes(token));
    const wanted = { name: 'loot', scopes: ['profile'], expires_in_days: 30, password: PASSWORD };
    const api = (await auth.api.post('/api/auth/tokens', wanted, { token: thief.access_token })).body.token;
    const address = { email: 'thief@example.org', current_password: PASSWORD };
    await auth.api.patch('/api/auth/profile', address, { token: thief.access_token });
    const confirmation = linkToken((await auth.mails(address.email)).at(-1));

    t.is((await stop(token)).status, 204);
    for (const ended of [thief.access_token, person.token, api]) t.is(await status(ended), 401);
    t.is((await auth.api.post('/api/auth/refresh', { refresh_token: thief.refresh_token })).status, 401);
    t.is((await logIn(person.username)).body.code, 'invalid_credentials');
    t.is(
      (await auth.api.post('/api/auth/profile/confirm-email', { token: confirmation })).body.code,
      'invalid_link',
    );
    const entries = await auth.logEvents(person.id);
    t.like(
      entries.find(({ action }) => action === 'SIGN_IN_STOPPED'),
      {
        level: 'WARNING',
        data: { sessions_ended: 2 },
      },
    );

    const recovery = await lastMail(person);
    t.is(recovery?.template, 'recover');
    const recovered = { token: linkToken(recovery), new_password: NEXT };
    t.is((await auth.api.post('/api/auth/password/recover', recovered)).status, 204);
    t.is((await logIn(person.username, NEXT)).body.user.pending_email, null);
    t.is((await stop(token)).body.code, 'invalid_link', 'it works once');
  },
);

test.serial('the device of a stopped sign-in is new again', async (t) => {
  const { person, token } = await robbed();
  await stop(token);
  const recovered = { token: linkToken(await lastMail(person)), new_password: NEXT };
  await auth.api.post('/api/auth/password/recover', recovered);
  await logIn(person.username, NEXT, THIEF);
  t.is((await lastMail(person))?.template, 'new_device');
});

test.serial('the passkeys added since the stopped sign-in are removed, and older ones stay', async (t) => {
  const { db } = auth.database;
  for (const names of [[], ['Own']]) {
    const { person, thief, token } = await robbed();
    for (const name of [...names, 'Loot']) await addPasskey(auth, thief.access_token, name);
    const passkeys = db('passkeys').where({ user_id: person.id });
    await passkeys
      .clone()
      .where({ name: 'Own' })
      .update({ created_at: new Date(person.created_at.getTime() - 1_000) });
    t.is((await stop(token)).status, 204);
    t.deepEqual(await passkeys.clone().pluck('name'), names);
    const codes = await db('recovery_codes').where({ user_id: person.id });
    t.is(codes.length, names.length * 10, 'codes only come with another second factor');
  }
});

test.serial('of two concurrent uses of a link one succeeds', async (t) => {
  const { token } = await robbed();
  const replies = await Promise.all([stop(token), stop(token)]);
  t.deepEqual(replies.map((reply) => reply.status).sort(), [204, 400]);
});

test.serial(
  'it is valid for seven days, also after the session has ended or the thief has set a password',
  async (t) => {
    const signedOut = await robbed();
    await auth.api.post('/api/auth/logout', undefined, { token: signedOut.thief.access_token });
    const reset = { old_password: PASSWORD, new_password: NEXT };
    const changed = await robbed();
    await auth.api.post('/api/auth/password/reset', reset, { token: changed.thief.access_token });
    const old = await robbed();
    auth.advance(7 * DAY - 1);
    t.is((await stop(signedOut.token)).status, 204);
    t.is((await stop(changed.token)).status, 204);
    t.is((await logIn(changed.person.username, NEXT)).body.code, 'invalid_credentials');
    auth.advance(1);
    t.is((await stop(old.token)).body.code, 'invalid_link');
    t.is((await logIn(old.person.username)).status, 200);
  },
);

test.serial(
  'it is void after a recovery, and once its owner is not active or has another address',
  async (t) => {
    const recovered = await robbed();
    await auth.api.post('/api/auth/password/forgot', { email: recovered.person.email });
    const recovery = { token: linkToken(await lastMail(recovered.person)), new_password: NEXT };
    await auth.api.post('/api/auth/password/recover', recovery);
    t.is((await stop(recovered.token)).body.code, 'invalid_link');

    const deactivated = await robbed();
    const agent = await auth.person('agent');
    for (const action of ['deactivate', 'activate'])
      await auth.api.post(`/api/auth/users/${deactivated.person.id}/${action}`, undefined, {
        token: agent.token,
      });
    t.is((await stop(deactivated.token)).body.code, 'invalid_link');

    const moved = await robbed();
    const address = { email: 'moved@example.org', current_password: PASSWORD };
    await auth.api.patch('/api/auth/profile', address, { token: moved.person.token });
    const confirmation = linkToken((await auth.mails(address.email)).at(-1));
    t.is((await auth.api.post('/api/auth/profile/confirm-email', { token: confirmation })).status, 204);
    t.is((await stop(moved.token)).body.code, 'invalid_link');
    t.is(await status(moved.person.token), 200);
  },
);

test.serial('a link of another kind stops nothing, and this one opens nothing else', async (t) => {
  const { person, token, thief } = await robbed();
  for (const [path, more] of [
    ['password/recover', { new_password: NEXT }],
    ['profile/confirm-email', {}],
    ['profile/stop-email-change', {}],
  ] as const) {
    t.is((await auth.api.post(`/api/auth/${path}`, { token, ...more })).body.code, 'invalid_link', path);
  }
  await auth.api.post('/api/auth/password/forgot', { email: person.email });
  t.is((await stop(linkToken(await lastMail(person)))).body.code, 'invalid_link');
  t.is((await stop('no-such-token')).body.code, 'invalid_link');
  t.is(await status(thief.access_token), 200);
});

test.serial('a mail to an address that was never confirmed has no link', async (t) => {
  const user = await auth.user({ emailConfirmed: false });
  await logIn(user.username);
  await logIn(user.username, PASSWORD, THIEF);
  const mail = await lastMail(user);
  t.like(mail, { template: 'new_device', data: { link: null } });
});
