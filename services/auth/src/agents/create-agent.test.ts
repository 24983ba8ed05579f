import { scopesOf } from '@guichet/contract';
import test from 'ava';
import { linkToken, openTestAuth, PASSWORD, type Person } from '../fixtures.ts';

const auth = await openTestAuth();
test.after.always(() => auth.close());
let superuser: Person;
test.before(async () => {
  superuser = await auth.person('superuser');
});
const create = (body: object) => auth.api.post('/api/auth/agents', body, { token: superuser.token });

test.serial('an agent with a password is active at once', async (t) => {
  const { status, body } = await create({
    username: 'grace',
    email: 'grace@example.org',
    password: PASSWORD,
  });
  t.is(status, 201);
  t.like(body, { username: 'grace', role: 'agent', status: 'active' });
  const signedIn = await auth.api.post('/api/auth/login', { username: 'grace', password: PASSWORD });
  t.is(signedIn.body.scope, scopesOf('agent').join(' '));
  t.like((await auth.logEvents(body.id))[0], { action: 'AGENT_CREATED', actor: { id: superuser.id } });
  t.like((await auth.userEvents(body.id))[0], { role: 'agent', status: 'active' });
});

test.serial('an agent without a password is pending until they set one with the mailed link', async (t) => {
  const { body } = await create({ username: 'ada', email: 'ada@example.org' });
  t.is(body.status, 'pending');
  const [mail] = await auth.mails('ada@example.org');
  t.is(mail?.template, 'agent_invited');
  t.regex(String(mail?.data.link), /^https:\/\/bank\.example\/recover\?token=/);
  const recovered = await auth.api.post('/api/auth/password/recover', {
    token: linkToken(mail),
    new_password: PASSWORD,
  });
  t.is(recovered.status, 204);
  t.is((await auth.signIn({ username: 'ada' })).access_token.length > 0, true);
  t.is((await auth.userEvents(body.id)).at(-1)?.status, 'active');
});

test.serial(
  'an invitation is accepted once, also at the same moment, and not after the deletion',
  async (t) => {
    const accept = (token: string, new_password: string) =>
      auth.api.post('/api/auth/password/recover', { token, new_password });
    await create({ username: 'twice', email: 'twice@example.org' });
    const token = linkToken((await auth.mails('twice@example.org')).at(-1));
    const passwords = [PASSWORD, 'parsnips-every-thursday'];
    const replies = await Promise.all(passwords.map((password) => accept(token, password)));
    t.deepEqual(replies.map(({ status }) => status).sort(), [204, 400]);
    const signIns = await Promise.all(
      passwords.map((password) => auth.api.post('/api/auth/login', { username: 'twice', password })),
    );
    t.deepEqual(
      signIns.map(({ status }) => status),
      replies.map(({ status }) => (status === 204 ? 200 : 401)),
    );

    const { body } = await create({ username: 'gone', email: 'gone@example.org' });
    const withdrawn = linkToken((await auth.mails('gone@example.org')).at(-1));
    const path = `/api/auth/users/${body.id}`;
    t.is((await auth.api.delete(path, undefined, { token: superuser.token })).status, 204);
    t.is((await accept(withdrawn, PASSWORD)).body.code, 'invalid_link');
  },
);

test.serial('a lost invitation can be sent again, and a rejected one cannot be accepted', async (t) => {
  await create({ username: 'late', email: 'late@example.org' });
  await auth.api.post('/api/auth/password/forgot', { email: 'late@example.org' });
  const again = (await auth.mails('late@example.org')).at(-1);
  t.is(again?.template, 'recover');
  const taken = { token: linkToken(again), new_password: PASSWORD };
  t.is((await auth.api.post('/api/auth/password/recover', taken)).status, 204);
  t.truthy(await auth.signIn({ username: 'late' }));

  const { body } = await create({ username: 'never', email: 'never@example.org' });
  const [mail] = await auth.mails('never@example.org');
  await auth.api.post(`/api/auth/users/${body.id}/reject`, undefined, { token: superuser.token });
  const rejected = { token: linkToken(mail), new_password: PASSWORD };
  t.is((await auth.api.post('/api/auth/password/recover', rejected)).body.code, 'invalid_link');
});

test.serial(
  'a link requested on the sign-in page is valid for 30 minutes, for an invited agent too',
  async (t) => {
    const own = await openTestAuth();
    t.teardown(() => own.close());
    const body = { username: 'slow', email: 'slow@example.org' };
    t.is((await own.api.post('/api/auth/agents', body, await own.person('superuser'))).status, 201);
    const [invitation] = await own.mails(body.email);
    await own.api.post('/api/auth/password/forgot', { email: body.email });
    const recovery = (await own.mails(body.email)).at(-1);
    own.advance(31 * 60);
    const take = (mail: typeof recovery) =>
      own.api.post('/api/auth/password/recover', { token: linkToken(mail), new_password: PASSWORD });
    t.is((await take(recovery)).body?.code, 'invalid_link');
    t.is((await take(invitation)).status, 204, 'the invitation is still valid');
  },
);

test.serial('a taken username or email address and a weak password are refused', async (t) => {
  const user = await auth.user();
  t.is((await create({ username: user.username, email: 'x1@example.org' })).body.code, 'username_taken');
  t.is((await create({ username: 'fresh-one', email: user.email })).body.code, 'email_taken');
  const weak = await create({ username: 'fresh-one', email: 'x2@example.org', password: 'azerty123456' });
  t.is(weak.status, 422);
  t.is(weak.body.code, 'password_too_weak');
  const person = { username: 'fresh-one', email: 'x2@example.org', last_name: 'Fontaine' };
  const named = await create({ ...person, password: 'in-the-fontaine-garden' });
  t.is(named.body.code, 'password_too_weak');
});
