import { shapeOf } from '@guichet/testing';
import test from 'ava';
import { linkToken, openTestAuth, PASSWORD } from '../fixtures.ts';

const auth = await openTestAuth();
test.after.always(() => auth.close());
const patch = (token: string, body: object) => auth.api.patch('/api/auth/profile', body, { token });
const confirm = (token: string) => auth.api.post('/api/auth/profile/confirm-email', { token });

test('users change their name and language, and the change is published to the other services', async (t) => {
  const person = await auth.person();
  const { status, body } = await patch(person.token, {
    first_name: 'Zoë',
    last_name: 'Ångström',
    language: 'fr',
  });
  t.is(status, 200);
  t.like(body, { first_name: 'Zoë', last_name: 'Ångström', language: 'fr' });
  t.deepEqual((await auth.api.get('/api/auth/profile', { token: person.token })).body, body);
  t.like((await auth.userEvents(person.id)).at(-1), { version: 2, first_name: 'Zoë', language: 'fr' });
  t.like((await auth.logEvents(person.id)).at(-1), {
    action: 'PROFILE_UPDATED',
    data: { fields: ['first_name', 'last_name', 'language'] },
  });
  t.is((await patch(person.token, { first_name: null })).body.first_name, null);
});

test('a change that changes nothing is not published', async (t) => {
  const person = await auth.person();
  t.is((await patch(person.token, { language: 'en' })).status, 200);
  t.is((await patch(person.token, {})).status, 200);
  t.deepEqual(await auth.userEvents(person.id), []);
});

test('a new email address needs the password, and is pending until its link is followed', async (t) => {
  const person = await auth.person();
  const change = { email: 'moved@example.org', current_password: PASSWORD };
  t.is((await patch(person.token, { email: 'moved@example.org' })).body.errors[0].path, 'current_password');
  t.is((await patch(person.token, { ...change, current_password: 'wrong' })).body.code, 'wrong_password');
  const { body } = await patch(person.token, change);
  t.like(body, { email: person.email, pending_email: 'moved@example.org' });

  const [mail] = await auth.mails('moved@example.org');
  t.is(mail?.template, 'email_change');
  t.regex(String(mail?.data.link), /^https:\/\/bank\.example\/confirm-email\?token=/);
  t.is((await confirm(linkToken(mail))).status, 204);
  const profile = await auth.api.get('/api/auth/profile', { token: person.token });
  t.like(profile.body, { email: 'moved@example.org', pending_email: null });
  t.is((await auth.mails(person.email ?? '')).at(-1)?.template, 'email_changed');
  t.is((await auth.logEvents(person.id)).at(-1)?.action, 'EMAIL_CHANGED');
  t.is((await auth.userEvents(person.id)).at(-1)?.email, 'moved@example.org');
  t.is((await confirm(linkToken(mail))).body.code, 'invalid_link');
});

test('a taken email address gets the same response as a free one, and its owner gets a mail without a link', async (t) => {
  const owner = await auth.user({ email: 'has-it@example.org' });
  const person = await auth.person();
  const { status, body } = await patch(person.token, {
    email: 'Has-it@example.org',
    current_password: PASSWORD,
  });
  t.is(status, 200);
  t.is(body.pending_email, 'Has-it@example.org');
  t.deepEqual(
    (await auth.mails(owner.email ?? '')).map(({ template }) => template),
    ['email_taken'],
  );
  t.deepEqual(await auth.mails('Has-it@example.org'), []);
});

test('an address that another user took meanwhile is not assigned twice', async (t) => {
  const person = await auth.person();
  await patch(person.token, { email: 'contested@example.org', current_password: PASSWORD });
  await auth.user({ email: 'contested@example.org' });
  const [mail] = await auth.mails('contested@example.org');
  t.is((await confirm(linkToken(mail))).body.code, 'invalid_link');
});

test('a second request replaces the pending address, and requesting the current one cancels it', async (t) => {
  const person = await auth.person();
  await patch(person.token, { email: 'first-wish@example.org', current_password: PASSWORD });
  await patch(person.token, { email: 'second-wish@example.org', current_password: PASSWORD });
  const [first] = await auth.mails('first-wish@example.org');
  t.is((await confirm(linkToken(first))).body.code, 'invalid_link');
  const { body } = await patch(person.token, { email: person.email ?? '', current_password: PASSWORD });
  t.is(body.pending_email, null);
  const [second] = await auth.mails('second-wish@example.org');
  t.is((await confirm(linkToken(second))).body.code, 'invalid_link');
});

test('the confirmations to one address are limited', async (t) => {
  const person = await auth.person();
  const change = { email: 'flooded@example.org', current_password: PASSWORD };
  for (let mail = 1; mail <= 5; mail += 1) t.is((await patch(person.token, change)).status, 200);
  const sixth = await patch(person.token, change);
  t.is(sixth.status, 429);
  t.is(sixth.body.code, 'too_many_requests');
});

test('requesting the current address mails its confirmation again while it is unconfirmed', async (t) => {
  const user = await auth.user({ emailConfirmed: false });
  const { access_token: token } = await auth.signIn(user);
  const change = { email: user.email ?? '', current_password: PASSWORD };
  for (let time = 0; time < 2; time += 1) t.is((await patch(token, change)).body.email_confirmed, false);
  const [first, second] = await auth.mails(change.email);
  t.is(first?.template, 'registered');
  t.is((await confirm(linkToken(first))).body.code, 'invalid_link');
  t.is((await confirm(linkToken(second))).status, 204);
  t.is((await auth.api.get('/api/auth/profile', { token })).body.email_confirmed, true);
  t.is((await patch(token, change)).status, 200);
  t.is((await auth.mails(change.email)).length, 2);
});

test('a mail to a new or unconfirmed address contains no name', async (t) => {
  const person = await auth.person();
  await patch(person.token, {
    first_name: 'win.example',
    email: 'new-1@example.org',
    current_password: PASSWORD,
  });
  t.like((await auth.mails('new-1@example.org'))[0]?.to, { name: null });
  const unconfirmed = await auth.user({ emailConfirmed: false });
  await auth.api.post('/api/auth/password/forgot', { email: unconfirmed.email });
  t.like((await auth.mails(unconfirmed.email ?? ''))[0]?.to, { name: null });
});

test('a new email address takes the same work whether another user has it or not', async (t) => {
  const bank = await openTestAuth();
  t.teardown(() => bank.close());
  await bank.user({ email: 'taken@example.org' });
  const people = [await bank.person(), await bank.person()];
  const shapes: string[][] = [];
  bank.deps.db.connections.watch((statement) => shapes.at(-1)?.push(shapeOf(statement)));
  const replies = [];
  for (const { token } of people) {
    const email = shapes.length === 0 ? 'taken@example.org' : 'free@example.org';
    shapes.push([]);
    const change = { email, current_password: PASSWORD };
    replies.push((await bank.api.patch('/api/auth/profile', change, { token })).status);
  }
  t.deepEqual(replies, [200, 200]);
  t.true((shapes[0]?.length ?? 0) > 0);
  t.deepEqual(shapes[0], shapes[1]);
});
