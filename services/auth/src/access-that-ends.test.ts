import type { ContractClient } from '@guichet/testing';
import test from 'ava';
import { linkToken, openTestAuth, PASSWORD, type Person, replicaOf } from './fixtures.ts';
import { addPasskey } from './passkeys/software-authenticator.fixture.ts';

// A thief with the password and an open session does all they can, through two replicas, at the moment at which the owner or the bank ends it.

const auth = await openTestAuth({ asPeer: 'accounts' });
const other = await replicaOf(auth);
test.after.always(async () => {
  await other.close();
  await auth.close();
});
const { db } = auth.database;
const NEXT = 'parsnips-every-thursday';
const THIEF = { 'user-agent': 'Thief/1.0', 'x-forwarded-for': '198.51.100.66' };

const mailed = async ({ email }: Person, template: string) =>
  linkToken((await auth.mails(email ?? '')).findLast((mail) => mail.template === template));
const asAgent = async (method: 'post' | 'delete', path: string) => {
  const { token } = await auth.person('agent');
  return () =>
    method === 'post'
      ? auth.api.post(path, undefined, { token })
      : auth.api.delete(path, undefined, { token });
};

/** The actions that end everything a thief has. @returns the request that does, prepared before the thief begins */
const ENDS: Record<string, (person: Person) => Promise<() => Promise<{ status: number }>>> = {
  'a recovery': async (person) => {
    await auth.api.post('/api/auth/password/forgot', { email: person.email });
    const recovery = { token: await mailed(person, 'recover'), new_password: NEXT };
    return () => auth.api.post('/api/auth/password/recover', recovery);
  },
  'the link about a new device': async (person) => {
    const token = await mailed(person, 'new_device');
    return () => auth.api.post('/api/auth/sessions/stop-sign-in', { token });
  },
  'a deactivation': async ({ id }) => asAgent('post', `/api/auth/users/${id}/deactivate`),
  'a deletion': async ({ id }) => asAgent('delete', `/api/auth/users/${id}`),
};

for (const [name, prepare] of Object.entries(ENDS)) {
  test.serial(`nothing that a thief gets at the same moment outlives ${name}`, async (t) => {
    for (let round = 0; round < 3; round += 1) {
      const person = await auth.person();
      const credentials = { username: person.username, password: PASSWORD };
      const logIn = (at: ContractClient) => at.post('/api/auth/login', credentials, { headers: THIEF });
      const thief = (await logIn(auth.api)).body;
      const held = { token: thief.access_token };
      const wanted = { name: 'loot', scopes: ['profile'], expires_in_days: 30, password: PASSWORD };
      const end = await prepare(person);

      const [ended, renewed, ...replies] = await Promise.all([
        end(),
        other.api.post('/api/auth/refresh', { refresh_token: thief.refresh_token }),
        ...[auth.api, other.api].flatMap((at) => [logIn(at), at.post('/api/auth/tokens', wanted, held)]),
        addPasskey(auth, thief.access_token).then(
          () => null,
          () => null,
        ),
      ]);
      t.true(ended.status < 300, `${name}: ${ended.status}`);
      const bodies = [thief, renewed.body, ...replies.map((reply) => reply?.body ?? {})];
      for (const token of bodies.flatMap((body) => [body.access_token, body.token]))
        if (typeof token === 'string') t.is((await auth.api.get('/api/auth/profile', { token })).status, 401);
      for (const { refresh_token } of bodies)
        if (typeof refresh_token === 'string')
          t.is(
            (await other.api.post('/api/auth/refresh', { refresh_token })).body.code,
            'invalid_refresh_token',
          );

      const code = name === 'a deactivation' ? 'account_deactivated' : 'invalid_credentials';
      t.is((await logIn(auth.api)).body.code, code);
      const open = await db('sessions').where({ user_id: person.id, ended_at: null });
      t.deepEqual(open, []);
      if (name !== 'a recovery') {
        const row = await db('users').where({ id: person.id }).first('passkeys');
        const passkeys = await db('passkeys').where({ user_id: person.id });
        t.is(row.passkeys, passkeys.length);
        if (name !== 'a deactivation') t.is(passkeys.length, 0);
      }
    }
  });
}
