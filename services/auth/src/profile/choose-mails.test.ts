import { MAIL_KINDS, OPTIONAL_MAIL_KINDS } from '@guichet/contract';
import { createUnsubscribeToken } from '@guichet/events';
import test from 'ava';
import { openTestAuth, type Person } from '../fixtures.ts';

const auth = await openTestAuth();
test.after.always(() => auth.close());
const PATH = '/api/auth/profile/mails';
const choose = ({ token }: Person, refused: readonly string[]) => auth.api.put(PATH, { refused }, { token });
const choices = async ({ token }: Person) => (await auth.api.get(PATH, { token })).body;
const unsubscribe = (token: string) => auth.api.post(`${PATH}/unsubscribe`, { token });
const choicesLogged = async ({ id }: Person) =>
  (await auth.logEvents(id)).filter(({ action }) => action === 'MAIL_CHOICES_CHANGED');
const linkOf = ({ id, mail_secret }: Person) => createUnsubscribeToken(String(mail_secret), id, 'decisions');

test('at first a user refuses no mails', async (t) => {
  t.deepEqual((await choices(await auth.person())).refused, []);
});

test('a choice is published to the mailer, logged, and in the copy of the user’s data', async (t) => {
  const person = await auth.person();
  t.deepEqual((await choose(person, ['decisions'])).body.refused, ['decisions']);
  t.deepEqual((await choices(person)).refused, ['decisions']);
  t.like((await auth.userEvents(person.id)).at(-1), { version: 2, refused_mails: ['decisions'] });
  const [logged] = await choicesLogged(person);
  t.like(logged, { actor: { id: person.id }, data: { refused_mails: ['decisions'], method: 'profile' } });
  const exported = await auth.api.get('/api/auth/profile/export', { token: person.token });
  t.deepEqual(exported.body.profile.refused_mails, ['decisions']);
  t.false(exported.text.includes(String(person.mail_secret)));

  await choose(person, []);
  t.deepEqual((await choices(person)).refused, []);
  t.like((await auth.userEvents(person.id)).at(-1), { version: 3, refused_mails: [] });
});

test('a user is told by mail which mails were turned off in their profile', async (t) => {
  const person = await auth.person('agent');
  const told = async () =>
    (await auth.mails(person.email ?? '')).filter(({ template }) => template === 'emails_refused');
  await choose(person, ['decisions']);
  t.deepEqual(
    (await told()).map(({ data }) => data.kinds),
    [['decisions']],
  );
  await choose(person, ['decisions', 'digest']);
  await choose(person, ['digest']);
  t.deepEqual(
    (await told()).map(({ data }) => data.kinds),
    [['decisions'], ['digest']],
  );
  await unsubscribe(linkOf(person));
  t.is((await told()).length, 2, 'the reader of a mail used its link');
});

test('a choice that changes nothing is neither published nor logged', async (t) => {
  const person = await auth.person();
  await choose(person, ['decisions']);
  t.is((await choose(person, ['decisions'])).status, 200);
  t.is((await auth.userEvents(person.id)).length, 1);
  t.is((await choicesLogged(person)).length, 1);
});

test('no mail about security or the account can be refused, by the API or in the database', async (t) => {
  const person = await auth.person();
  const kept = Object.keys(MAIL_KINDS).filter((kind) => !(OPTIONAL_MAIL_KINDS as string[]).includes(kind));
  t.true(kept.includes('security'));
  for (const kind of [...kept, 'unheard_of', '']) {
    t.is((await choose(person, [kind])).status, 400, kind);
    await t.throwsAsync(
      () =>
        auth.database
          .runtime('users')
          .where({ id: person.id })
          .update({ refused_mails: kind || 'x' }),
      undefined,
      kind,
    );
  }
  for (const kind of OPTIONAL_MAIL_KINDS)
    await auth.database.runtime('users').where({ id: person.id }).update({ refused_mails: kind });
  t.is((await auth.api.put(PATH, {}, { token: person.token })).status, 400, 'absence is no choice');
});

test('the link of a mail refuses its kind once and for all, without a session', async (t) => {
  const person = await auth.person();
  const reply = await unsubscribe(linkOf(person));
  t.is(reply.status, 200);
  t.deepEqual(reply.body, { kind: 'decisions' });
  t.deepEqual((await choices(person)).refused, ['decisions']);
  t.like((await choicesLogged(person))[0]?.data, { refused_mails: ['decisions'], method: 'link' });
  t.is((await unsubscribe(linkOf(person))).status, 200);
  t.is((await choicesLogged(person)).length, 1);
});

test('a link that was made up, is for another user or another kind, or whose user is deleted refuses nothing', async (t) => {
  const [alice, bob] = [await auth.person(), await auth.person()];
  const genuine = linkOf(alice);
  for (const token of [
    'x',
    createUnsubscribeToken('a guess', alice.id, 'decisions'),
    genuine.replace(alice.id, bob.id),
    genuine.replace('decisions', 'security'),
    createUnsubscribeToken(String(alice.mail_secret), alice.id, 'security' as never),
    `${genuine.slice(0, -1)}${genuine.endsWith('A') ? 'B' : 'A'}`,
  ]) {
    t.is((await unsubscribe(token)).body.code, 'invalid_link', token);
  }
  for (const person of [alice, bob]) t.deepEqual((await choices(person)).refused, []);
  const agent = await auth.person('agent');
  t.is((await auth.api.delete(`/api/auth/users/${alice.id}`, undefined, { token: agent.token })).status, 204);
  t.is((await unsubscribe(genuine)).body.code, 'invalid_link');
});
