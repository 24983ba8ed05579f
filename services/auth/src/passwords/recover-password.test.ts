import test from 'ava';
import { linkToken, openTestAuth, PASSWORD } from '../fixtures.ts';

const auth = await openTestAuth();
test.after.always(() => auth.close());
const NEXT = 'parsnips-every-thursday';
const forgot = (email: string, ip = '203.0.113.9') =>
  auth.api.post('/api/auth/password/forgot', { email }, { headers: { 'x-forwarded-for': ip } });
const recover = (token: string, new_password = NEXT) =>
  auth.api.post('/api/auth/password/recover', { token, new_password });
const lastLink = async (email: string | null) => linkToken((await auth.mails(email ?? '')).at(-1));

test.serial('a mailed link sets a new password once, ends every session and unlocks the name', async (t) => {
  const person = await auth.person();
  t.is((await forgot(person.email?.toUpperCase() ?? '')).status, 202);
  const [mail] = await auth.mails(person.email ?? '');
  t.is(mail?.template, 'recover');
  t.regex(String(mail?.data.link), /^https:\/\/bank\.example\/recover\?token=[A-Za-z0-9_-]{43}$/);
  const token = linkToken(mail);
  t.false(JSON.stringify(await auth.database.db('mailed_links')).includes(token));

  const login = (password: string) =>
    auth.api.post('/api/auth/login', { username: person.username, password });
  for (let failure = 1; failure <= 5; failure += 1) await login('wrong');
  t.is((await recover(token)).status, 204);
  t.is((await login(NEXT)).status, 200);
  t.is((await auth.api.get('/api/auth/profile', { token: person.token })).status, 401);
  t.is((await auth.mails(person.email ?? '')).at(-1)?.template, 'password_changed');
  t.true((await auth.logEvents(person.id)).some(({ action }) => action === 'PASSWORD_RECOVERED'));
  const again = await recover(token);
  t.is(again.status, 400);
  t.is(again.body.code, 'invalid_link');
});

test.serial(
  'a link works once, even for concurrent requests, and a weak password does not use it up',
  async (t) => {
    const { email } = await auth.user();
    await forgot(email ?? '');
    const token = await lastLink(email);
    t.is((await recover(token, 'password1234')).body.code, 'password_too_weak');
    const replies = await Promise.all([recover(token), recover(token, `${NEXT}-2`)]);
    t.deepEqual(replies.map(({ status }) => status).sort(), [204, 400]);
  },
);

test.serial('a request is logged, whether a user has the address or not', async (t) => {
  const { id, email } = await auth.user();
  const requested = async () =>
    (await auth.logEvents()).filter(({ action }) => action === 'RECOVERY_REQUESTED');
  await forgot(email ?? '');
  t.like((await requested()).at(-1), { actor: null, subject: { type: 'user', id }, concerns: [id] });
  const before = (await requested()).length;
  await forgot('no-user-has-this@example.org');
  const after = await requested();
  t.is(after.length, before + 1);
  t.like(after.at(-1), { actor: null, subject: null });
  t.false(JSON.stringify(after.at(-1)).includes('no-user-has-this'));
});

test.serial('a link is valid for half an hour', async (t) => {
  const { email } = await auth.user();
  await forgot(email ?? '');
  const token = await lastLink(email);
  auth.advance(30 * 60);
  t.is((await recover(token)).body.code, 'invalid_link');
  t.is((await recover('no-such-token')).body.code, 'invalid_link');
});

test.serial(
  'an address of no user, or of a user who may not sign in, gets the same response and no mail',
  async (t) => {
    const deactivated = await auth.user({ status: 'deactivated' });
    for (const email of ['nobody@example.org', deactivated.email ?? '']) {
      const { status, text } = await forgot(email);
      t.is(status, 202);
      t.is(text, '');
      t.deepEqual(await auth.mails(email), []);
    }
  },
);

test.serial('a link is invalid once its owner loses their access or address', async (t) => {
  const agent = await auth.person('agent');
  const user = await auth.user();
  await forgot(user.email ?? '');
  const token = await lastLink(user.email);
  await auth.api.post(`/api/auth/users/${user.id}/deactivate`, undefined, { token: agent.token });
  await auth.api.post(`/api/auth/users/${user.id}/activate`, undefined, { token: agent.token });
  t.is((await recover(token)).body.code, 'invalid_link');
});

test.serial('an address gets five mails an hour, whether a user has it or not', async (t) => {
  for (const email of [(await auth.user()).email ?? '', 'not-here@example.org']) {
    for (let mail = 1; mail <= 5; mail += 1) t.is((await forgot(email, `198.51.100.${mail}`)).status, 202);
    const sixth = await forgot(email, '198.51.100.9');
    t.is(sixth.status, 429);
    t.is(sixth.body.code, 'too_many_requests');
    t.true(Number(sixth.headers['retry-after']) > 3_500);
    auth.advance(3_600);
    t.is((await forgot(email)).status, 202);
  }
});

test.serial('a network address can request sixty mails an hour', async (t) => {
  auth.advance(3_600);
  const replies = await Promise.all(
    Array.from({ length: 62 }, (_, n) => forgot(`many-${n}@example.org`, '192.0.2.1')),
  );
  t.is(replies.filter(({ status }) => status === 202).length, 60);
  t.is((await forgot('one-more@example.org', '192.0.2.2')).status, 202);
});

test.serial('a pending member keeps waiting after setting a new password', async (t) => {
  const user = await auth.user({ status: 'pending' });
  await forgot(user.email ?? '');
  t.is((await recover(await lastLink(user.email))).status, 204);
  const login = await auth.api.post('/api/auth/login', { username: user.username, password: NEXT });
  t.is(login.body.code, 'account_pending');
  t.not(NEXT, PASSWORD);
});

test.serial(
  'a new password that contains the name of the owner is refused, and does not use up the link',
  async (t) => {
    const person = await auth.person();
    await auth.api.patch('/api/auth/profile', { first_name: 'Théodore' }, { token: person.token });
    await forgot(person.email ?? '', '203.0.113.78');
    const token = await lastLink(person.email);
    t.is((await recover(token, 'in-theodore-garden')).body.code, 'password_too_weak');
    t.is((await recover(token)).status, 204);
  },
);

test.serial('a recovery link confirms the address, so that it can sign in', async (t) => {
  const user = await auth.user({ emailConfirmed: false });
  const email = user.email ?? '';
  await forgot(email, '203.0.113.77');
  t.is((await recover(await lastLink(email))).status, 204);
  const login = await auth.api.post('/api/auth/login', { username: email, password: NEXT });
  t.is(login.body.user.email_confirmed, true);
  t.true((await auth.logEvents(user.id)).some(({ action }) => action === 'EMAIL_CONFIRMED'));
});
