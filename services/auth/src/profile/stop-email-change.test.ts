import test from 'ava';
import { linkToken, openTestAuth, PASSWORD, type Person } from '../fixtures.ts';
import { addPasskey } from '../passkeys/software-authenticator.fixture.ts';

const auth = await openTestAuth();
test.after.always(() => auth.close());
const NEXT = 'parsnips-every-thursday';
const confirm = (token: string) => auth.api.post('/api/auth/profile/confirm-email', { token });
const stop = (token: string) => auth.api.post('/api/auth/profile/stop-email-change', { token });
const logIn = (username: string, password: string) =>
  auth.api.post('/api/auth/login', { username, password });
const profile = ({ token }: Person) => auth.api.get('/api/auth/profile', { token });

/** Requests a new address. @returns the tokens of the links that confirm and that stop the change */
async function requestChange(person: Person, address: string) {
  const from = (await profile(person)).body.email;
  const body = { email: address, current_password: PASSWORD };
  const reply = await auth.api.patch('/api/auth/profile', body, { token: person.token });
  if (reply.status !== 200) throw new Error(reply.text);
  const last = async (email: string, template: string) =>
    linkToken((await auth.mails(email)).findLast((mail) => mail.template === template));
  return { change: await last(address, 'email_change'), stop: await last(from, 'email_change_requested') };
}

test.serial('a new password cancels a pending change of the address', async (t) => {
  const changed = await auth.person();
  const first = await requestChange(changed, 'thief-1@example.org');
  await auth.api.post('/api/auth/password/reset', { old_password: PASSWORD, new_password: NEXT }, changed);
  t.is((await profile(changed)).body.pending_email, null);
  t.is((await confirm(first.change)).body.code, 'invalid_link');

  const recovered = await auth.person();
  const second = await requestChange(recovered, 'thief-2@example.org');
  await auth.api.post('/api/auth/password/forgot', { email: recovered.email });
  const token = linkToken((await auth.mails(recovered.email ?? '')).at(-1));
  t.is((await auth.api.post('/api/auth/password/recover', { token, new_password: NEXT })).status, 204);
  t.is((await logIn(recovered.username, NEXT)).body.user.pending_email, null);
  t.is((await confirm(second.change)).body.code, 'invalid_link');
});

test.serial('a recovery revokes the API tokens', async (t) => {
  const person = await auth.person();
  const wanted = { name: 'ci', scopes: ['profile'], expires_in_days: 30, password: PASSWORD };
  const { id, token: api } = (await auth.api.post('/api/auth/tokens', wanted, person)).body;
  await auth.api.post('/api/auth/password/forgot', { email: person.email });
  const token = linkToken((await auth.mails(person.email ?? '')).at(-1));
  t.is((await auth.api.get('/api/auth/profile', { token: api })).status, 200);
  t.is((await auth.api.post('/api/auth/password/recover', { token, new_password: NEXT })).status, 204);
  t.is((await auth.api.get('/api/auth/profile', { token: api })).status, 401);
  t.true((await auth.revocations()).some(({ session_id }) => session_id === id));
});

test.serial('a deactivation cancels a pending change of the address', async (t) => {
  const agent = await auth.person('agent');
  const person = await auth.person();
  const links = await requestChange(person, 'thief-3@example.org');
  for (const action of ['deactivate', 'activate'])
    await auth.api.post(`/api/auth/users/${person.id}/${action}`, undefined, agent);
  t.is((await logIn(person.username, PASSWORD)).body.user.pending_email, null);
  t.is((await confirm(links.change)).body.code, 'invalid_link');
  t.is((await stop(links.stop)).body.code, 'invalid_link');
});

test.serial(
  'the old address stops a pending change, and the password that was used to request it stops working',
  async (t) => {
    const person = await auth.person();
    const links = await requestChange(person, 'thief-4@example.org');
    const replies = await Promise.all([stop(links.stop), stop(links.stop)]);
    t.deepEqual(replies.map(({ status }) => status).sort(), [204, 400]);
    t.is((await confirm(links.change)).body.code, 'invalid_link');
    t.is((await profile(person)).status, 401);
    t.is((await logIn(person.username, PASSWORD)).body.code, 'invalid_credentials');
    t.like(
      (await auth.logEvents(person.id)).findLast(({ action }) => action === 'EMAIL_CHANGE_STOPPED'),
      {
        level: 'WARNING',
        data: { restored: false },
      },
    );
    const mail = (await auth.mails(person.email ?? '')).at(-1);
    t.is(mail?.template, 'recover');
    const recovered = { token: linkToken(mail), new_password: NEXT };
    t.is((await auth.api.post('/api/auth/password/recover', recovered)).status, 204);
    t.like((await logIn(person.username, NEXT)).body.user, { email: person.email, pending_email: null });
  },
);

test.serial('the old address reverses a confirmed change, even after a second one', async (t) => {
  const person = await auth.person();
  const first = await requestChange(person, 'thief-5@example.org');
  t.is((await confirm(first.change)).status, 204);
  auth.advance(1);
  const second = await requestChange(person, 'thief-6@example.org');
  t.is((await confirm(second.change)).status, 204);
  t.is((await stop(first.stop)).status, 204);
  t.is((await stop(second.stop)).body.code, 'invalid_link');
  t.is((await auth.userEvents(person.id)).at(-1)?.email, person.email);
  t.is((await auth.mails(person.email ?? '')).at(-1)?.template, 'recover');
});

test.serial('a later address cannot undo a change that an earlier one can still stop', async (t) => {
  const person = await auth.person();
  const first = await requestChange(person, 'thief-7@example.org');
  await confirm(first.change);
  auth.advance(1);
  const second = await requestChange(person, 'thief-8@example.org');
  t.is((await stop(second.stop)).status, 204);
  t.is((await stop(first.stop)).status, 204);
  t.is((await auth.userEvents(person.id)).at(-1)?.email, person.email);
});

test.serial('a link of another kind stops nothing, and a link that stops confirms nothing', async (t) => {
  const person = await auth.person();
  const links = await requestChange(person, 'thief-9@example.org');
  t.is((await stop(links.change)).body.code, 'invalid_link');
  t.is((await confirm(links.stop)).body.code, 'invalid_link');
  const recovered = { token: links.stop, new_password: NEXT };
  t.is((await auth.api.post('/api/auth/password/recover', recovered)).body.code, 'invalid_link');
  t.is((await stop('nonsense')).status, 400);
});

test.serial('the old address gets the same mail when the new address is taken', async (t) => {
  const owner = await auth.user();
  const person = await auth.person();
  const body = { email: owner.email, current_password: PASSWORD };
  await auth.api.patch('/api/auth/profile', body, { token: person.token });
  t.is((await auth.mails(person.email ?? '')).at(-1)?.template, 'email_change_requested');
});

test.serial(
  'an unconfirmed address stops a pending change, and does not reverse a completed one',
  async (t) => {
    const agent = await auth.person('agent');
    const registered = async (username: string) => {
      const stranger = `${username}@typo.example.org`;
      const { id } = (
        await auth.api.post('/api/auth/register', { username, email: stranger, password: PASSWORD })
      ).body;
      await auth.api.post(`/api/auth/users/${id}/activate`, undefined, agent);
      return {
        person: { id, username, token: (await auth.signIn({ username })).access_token } as Person,
        stranger,
      };
    };
    const corrected = await registered('typo-1');
    const made = await requestChange(corrected.person, 'typo-1@example.org');
    t.is((await confirm(made.change)).status, 204);
    t.is(
      (await stop(made.stop)).body.code,
      'invalid_link',
      'the reader of a mistyped address cannot take over the account',
    );
    t.like((await profile(corrected.person)).body, { email: 'typo-1@example.org', email_confirmed: true });

    const pending = await registered('typo-2');
    const links = await requestChange(pending.person, 'typo-2@example.org');
    t.is(
      (await stop(links.stop)).status,
      204,
      'an owner who never confirmed can still stop a change by a thief',
    );
    t.is((await confirm(links.change)).body.code, 'invalid_link');
  },
);

test.serial('the passkeys added since the request are removed, and older ones stay', async (t) => {
  const { db } = auth.database;
  for (const [index, names] of [[], ['Own']].entries()) {
    const person = await auth.person();
    const passkeys = db('passkeys').where({ user_id: person.id });
    for (const name of names) await addPasskey(auth, person.token, name);
    await passkeys.clone().update({ created_at: new Date(person.created_at.getTime() - 1_000) });
    const links = await requestChange(person, `thief-passkey-${index}@example.org`);
    await confirm(links.change);
    await addPasskey(auth, person.token, 'Loot');
    t.is((await stop(links.stop)).status, 204);
    t.deepEqual(await passkeys.clone().pluck('name'), names);
    t.is((await db('users').where({ id: person.id }).first('passkeys')).passkeys, names.length);
    const codes = await db('recovery_codes').where({ user_id: person.id });
    t.is(codes.length, names.length * 10, 'codes only come with another second factor');
  }
});
