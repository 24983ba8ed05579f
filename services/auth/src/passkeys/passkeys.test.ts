import { isoCBOR } from '@simplewebauthn/server/helpers';
import test from 'ava';
import { openTestAuth, PASSWORD, type Person, personWithTotp } from '../fixtures.ts';
import { PASSKEYS_MAX } from './rules.ts';
import {
  addPasskey,
  FLAGS,
  newCredential,
  softwareAuthenticator,
  type Tampering,
} from './software-authenticator.fixture.ts';

const auth = await openTestAuth();
test.after.always(() => auth.close());
const { db } = auth.database;

const begin = (token: string, password = PASSWORD) =>
  auth.api.post('/api/auth/passkeys/options', { password }, { token });
const add = (token: string, credential: object, name = 'Phone') =>
  auth.api.post('/api/auth/passkeys', { name, credential }, { token });
const list = async (token: string) => (await auth.api.get('/api/auth/passkeys', { token })).body.items;
const remove = (token: string, id: string, password = PASSWORD) =>
  auth.api.delete(`/api/auth/passkeys/${id}`, { password }, { token });
const codesLeft = async (token: string) =>
  (await auth.api.get('/api/auth/profile', { token })).body.recovery_codes_left;

test.serial('a passkey is added after the password, named, listed, logged and mailed', async (t) => {
  const person = await auth.person();
  const { status, body: options } = await begin(person.token);
  t.is(status, 200);
  t.like(options, {
    rp: { id: 'bank.example' },
    attestation: 'none',
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    excludeCredentials: [],
  });
  t.false(JSON.stringify(options.user.id).includes(person.id));
  const authenticator = softwareAuthenticator();
  const added = await add(person.token, authenticator.create(options), '  My phone ');
  t.is(added.status, 201);
  t.like(added.body, { name: 'My phone', credential_id: authenticator.credentialId, last_used_at: null });
  t.is(new Set(added.body.recovery_codes).size, 10);
  t.deepEqual(
    (await list(person.token)).map(({ id, name }: { id: string; name: string }) => [id, name]),
    [[added.body.id, 'My phone']],
  );
  t.like((await auth.logEvents(person.id)).at(-1), {
    action: 'PASSKEY_ADDED',
    subject: { type: 'passkey', id: added.body.id },
    data: { name: 'My phone' },
  });
  t.like((await auth.mails(person.email ?? '')).at(-1), {
    template: 'passkey_added',
    data: { name: 'My phone' },
  });
  const profile = (await auth.api.get('/api/auth/profile', { token: person.token })).body;
  t.like(profile, { totp_enabled: false, passkeys: 1, recovery_codes_left: 10 });

  const again = await begin(person.token);
  t.deepEqual(
    again.body.excludeCredentials.map(({ id }: { id: string }) => id),
    [authenticator.credentialId],
  );
});

test.serial('a wrong password begins nothing, and counts as at sign-in', async (t) => {
  const person = await auth.person();
  for (let failure = 0; failure < 5; failure += 1)
    t.is((await begin(person.token, 'wrong')).body.code, 'wrong_password');
  t.is((await begin(person.token)).body.code, 'too_many_attempts');
  t.is(
    (await auth.api.post('/api/auth/login', { username: person.username, password: PASSWORD })).status,
    429,
  );
});

test.serial('only what the options asked for is registered', async (t) => {
  const { token, id } = await auth.person();
  const wrong: Record<string, Tampering> = {
    'another origin': { origin: 'https://evil.org' },
    'another relying party': { rpId: 'evil.org' },
    'another challenge': { challenge: 'AAAA' },
    'the type of a sign-in': { type: 'webauthn.get' },
    'no verified user': { flags: FLAGS.present | FLAGS.attested },
    'no credential': { flags: FLAGS.present | FLAGS.verified },
    'a frame': { crossOrigin: true },
  };
  for (const [name, change] of Object.entries(wrong)) {
    const { body } = await begin(token);
    const reply = await add(token, softwareAuthenticator().create(body, change));
    t.like(reply, { status: 422, body: { code: 'invalid_passkey' } }, name);
  }
  t.is((await add(token, newCredential())).body.code, 'invalid_passkey');
  const { body } = await begin(token);
  const garbage = softwareAuthenticator().create(body);
  for (const attestationObject of ['AAAA', garbage.response.clientDataJSON]) {
    const options = (await begin(token)).body;
    const made = softwareAuthenticator().create(options);
    const credential = { ...made, response: { ...made.response, attestationObject } };
    t.is((await add(token, credential)).body.code, 'invalid_passkey');
  }
  t.deepEqual(await db('passkeys').where({ user_id: id }), []);
});

test.serial(
  'a certificate of an authenticator is refused unread, because it could name addresses',
  async (t) => {
    const { token } = await auth.person();
    const { body } = await begin(token);
    const made = softwareAuthenticator().create(body);
    for (const [fmt, statement] of [
      [
        'packed',
        new Map<string, unknown>([
          ['alg', -7],
          ['sig', new Uint8Array(8)],
          ['x5c', [new Uint8Array(8)]],
        ]),
      ],
      ['apple', new Map<string, unknown>([['x5c', [new Uint8Array(8)]]])],
      ['tpm', new Map<string, unknown>()],
    ] as const) {
      const options = (await begin(token)).body;
      const plain = softwareAuthenticator().create(options);
      const bytes = Uint8Array.from(Buffer.from(plain.response.attestationObject, 'base64url'));
      const attestation = isoCBOR.decodeFirst<Map<string, unknown>>(bytes);
      attestation.set('fmt', fmt).set('attStmt', statement);
      const attestationObject = Buffer.from(isoCBOR.encode(attestation as never)).toString('base64url');
      const reply = await add(token, { ...plain, response: { ...plain.response, attestationObject } });
      t.is(reply.body.code, 'invalid_passkey', fmt);
    }
    t.is((await add(token, made)).status, 201);
  },
);

test.serial('a challenge registers one passkey, within five minutes, in its own session', async (t) => {
  const person = await auth.person();
  const thief = await auth.person();
  const elsewhere = (await auth.signIn(person)).access_token;
  const options = (await begin(person.token)).body;
  for (const token of [thief.token, elsewhere]) {
    const mine = (await begin(person.token)).body;
    t.is((await add(token, softwareAuthenticator().create(mine))).body.code, 'invalid_passkey');
    t.is((await add(person.token, softwareAuthenticator().create(mine))).body.code, 'invalid_passkey');
  }
  const replies = await Promise.all(
    [1, 2, 3].map(() => add(person.token, softwareAuthenticator().create(options))),
  );
  t.deepEqual(replies.map(({ status }) => status).sort(), [201, 422, 422]);
  const late = (await begin(person.token)).body;
  auth.advance(300);
  t.is((await add(person.token, softwareAuthenticator().create(late))).body.code, 'invalid_passkey');
  // A challenge to sign in is for another purpose.
  const { options: other } = (await auth.api.post('/api/auth/login/passkey/options', {})).body;
  const credential = softwareAuthenticator().create({ ...other, user: { id: late.user.id } });
  t.is((await add(person.token, credential)).body.code, 'invalid_passkey');
});

test.serial('a new password ends a registration that was begun in another session', async (t) => {
  const person = await auth.person();
  const thief = (await auth.signIn(person)).access_token;
  const options = (await begin(thief)).body;
  const change = { old_password: PASSWORD, new_password: 'parsnips-every-thursday' };
  t.is((await auth.api.post('/api/auth/password/reset', change, { token: person.token })).status, 204);
  t.is((await add(thief, softwareAuthenticator().create(options))).status, 401);
  t.is((await add(person.token, softwareAuthenticator().create(options))).body.code, 'invalid_passkey');
});

test.serial('a passkey belongs to one user', async (t) => {
  const alice = await auth.person();
  const { authenticator } = await addPasskey(auth, alice.token);
  const mallory = await auth.person();
  const { body } = await begin(mallory.token);
  // Mallory's own key under Alice's id.
  const made = softwareAuthenticator().create(body);
  const id = Buffer.from(authenticator.credentialId, 'base64url');
  const object = Buffer.from(made.response.attestationObject, 'base64url');
  const at = object.indexOf(Buffer.from(made.id, 'base64url'));
  id.copy(object, at);
  const credential = {
    ...made,
    id: authenticator.credentialId,
    rawId: authenticator.credentialId,
    response: { ...made.response, attestationObject: object.toString('base64url') },
  };
  t.true(at > 0);
  t.is((await add(mallory.token, credential)).body.code, 'invalid_passkey');
  t.deepEqual(await list(mallory.token), []);
});

test.serial('a user has at most twenty passkeys, also when two are added at once', async (t) => {
  const person = await auth.person();
  const { passkey } = await addPasskey(auth, person.token);
  const [row] = await db('passkeys').where({ id: passkey.id });
  await db('passkeys').insert(
    Array.from({ length: PASSKEYS_MAX - 2 }, (_, index) => ({
      ...row,
      id: `01900000-0000-7000-8000-${String(index).padStart(12, '0')}`,
      credential_id: `filler-${index}`,
    })),
  );
  await db('users')
    .where({ id: person.id })
    .update({ passkeys: PASSKEYS_MAX - 1 });
  const challenges = [(await begin(person.token)).body, (await begin(person.token)).body];
  const replies = await Promise.all(
    challenges.map((options) => add(person.token, softwareAuthenticator().create(options))),
  );
  t.deepEqual(replies.map(({ status }) => status).sort(), [201, 409]);
  t.is((await begin(person.token)).body.code, 'too_many_passkeys');
});

test.serial('a passkey is removed with the password, by its owner only, and that is mailed', async (t) => {
  const person = await auth.person();
  const { passkey } = await addPasskey(auth, person.token, 'Old phone');
  const stranger = await auth.person();
  t.is((await remove(person.token, passkey.id, 'wrong')).body.code, 'wrong_password');
  t.is((await remove(stranger.token, passkey.id)).status, 404);
  t.is((await list(person.token)).length, 1);
  t.is((await remove(person.token, passkey.id)).status, 204);
  t.is((await remove(person.token, passkey.id)).status, 404);
  t.deepEqual(await list(person.token), []);
  t.like((await auth.logEvents(person.id)).at(-1), { action: 'PASSKEY_REMOVED', level: 'WARNING' });
  t.like((await auth.mails(person.email ?? '')).at(-1), {
    template: 'passkey_removed',
    data: { name: 'Old phone' },
  });
  t.is(
    (await auth.api.post('/api/auth/login', { username: person.username, password: PASSWORD })).status,
    200,
  );
});

test.serial('recovery codes come with the first second factor and go with the last', async (t) => {
  const person = await personWithTotp(auth);
  const { passkey: first } = await addPasskey(auth, person.token);
  t.is(first.recovery_codes, null, 'those of the authenticator app stay');
  t.is(
    (await auth.api.delete('/api/auth/totp', { password: PASSWORD }, { token: person.token })).status,
    204,
  );
  t.is(await codesLeft(person.token), 10);
  const { passkey: second } = await addPasskey(auth, person.token);
  t.is(second.recovery_codes, null);
  await remove(person.token, first.id);
  t.is(await codesLeft(person.token), 10);
  await remove(person.token, second.id);
  t.is(await codesLeft(person.token), null);
  t.deepEqual(await db('recovery_codes').where({ user_id: person.id }), []);
});

test.serial('an agent’s reset of the second factor removes the passkeys and ends the sessions', async (t) => {
  const agent = await auth.person('agent');
  const person = await auth.person();
  await addPasskey(auth, person.token);
  const reset = (who: Person) =>
    auth.api.delete(`/api/auth/users/${who.id}/second-factor`, undefined, { token: agent.token });
  t.is((await reset(person)).status, 204);
  t.deepEqual(await db('passkeys').where({ user_id: person.id }), []);
  t.is((await auth.api.get('/api/auth/passkeys', { token: person.token })).status, 401);
  t.is(
    (await auth.api.post('/api/auth/login', { username: person.username, password: PASSWORD })).status,
    200,
  );
  t.is((await auth.logEvents(person.id)).filter(({ action }) => action === 'SECOND_FACTOR_RESET').length, 1);
});
