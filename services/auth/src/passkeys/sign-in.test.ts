import test from 'ava';
import { codeNow, openTestAuth, PASSWORD, type Person, personWithTotp } from '../fixtures.ts';
import { QUOTAS } from '../quotas/rules.ts';
import { sweepChallenges } from '../sweep.ts';
import {
  addPasskey,
  FLAGS,
  newAssertion,
  type SoftwareAuthenticator,
  softwareAuthenticator,
  type Tampering,
} from './software-authenticator.fixture.ts';

const auth = await openTestAuth();
test.after.always(() => auth.close());
const { db } = auth.database;

async function withPasskey(): Promise<
  Person & { authenticator: SoftwareAuthenticator; passkey: { id: string; recovery_codes: string[] } }
> {
  const person = await auth.person();
  return { ...person, ...(await addPasskey(auth, person.token)) };
}
const begin = async (sign_in?: string) =>
  (await auth.api.post('/api/auth/login/passkey/options', sign_in === undefined ? {} : { sign_in })).body;
const finish = (challenge_id: string, credential: object) =>
  auth.api.post('/api/auth/login/passkey', { challenge_id, credential });
async function signIn(authenticator: SoftwareAuthenticator, change: Tampering = {}) {
  const { challenge_id, options } = await begin();
  return finish(challenge_id, authenticator.sign(options, change));
}
const logIn = (username: string, more: object = {}) =>
  auth.api.post('/api/auth/login', { username, password: PASSWORD, ...more });

test.serial('a passkey alone signs its user in, without a username', async (t) => {
  const person = await withPasskey();
  const { challenge_id, options } = await begin();
  t.like(options, { rpId: 'bank.example', userVerification: 'required', allowCredentials: [] });
  t.false(
    JSON.stringify(await db('webauthn_challenges')).includes(options.challenge),
    'stored by its hash only',
  );
  const { status, body } = await finish(challenge_id, person.authenticator.sign(options));
  t.is(status, 200);
  t.like(body, { token_type: 'Bearer', user: { id: person.id } });
  t.is((await auth.api.get('/api/auth/profile', { token: body.access_token })).status, 200);
  const event = (await auth.logEvents(person.id)).at(-1);
  t.like(event, { action: 'LOGIN', data: { method: 'passkey' } });
  const [stored] = (await auth.api.get('/api/auth/passkeys', { token: person.token })).body.items;
  t.is(stored.last_used_at, auth.deps.clock().toISOString());
});

test.serial('it also signs in a user whom wrong passwords have locked', async (t) => {
  const { username, authenticator } = await withPasskey();
  for (let failure = 0; failure < 5; failure += 1) await logIn(username, { password: 'wrong' });
  t.is((await logIn(username)).status, 429);
  t.is((await signIn(authenticator)).status, 200);
  t.is((await logIn(username)).status, 429);
});

test.serial('a challenge is used once, within five minutes, even by a wrong signature', async (t) => {
  const { authenticator } = await withPasskey();
  const used = await begin();
  t.is((await finish(used.challenge_id, authenticator.sign(used.options))).status, 200);
  t.is((await finish(used.challenge_id, authenticator.sign(used.options))).body.code, 'invalid_credentials');

  const spent = await begin();
  t.is((await finish(spent.challenge_id, newAssertion())).status, 401);
  t.is((await finish(spent.challenge_id, authenticator.sign(spent.options))).status, 401);

  const late = await begin();
  auth.advance(300);
  t.is((await finish(late.challenge_id, authenticator.sign(late.options))).status, 401);

  const twice = await begin();
  const replies = await Promise.all(
    [1, 2, 3].map(() => finish(twice.challenge_id, authenticator.sign(twice.options))),
  );
  t.deepEqual(replies.map(({ status }) => status).sort(), [200, 401, 401]);
});

test.serial('expired challenges are deleted, and others are not', async (t) => {
  const { authenticator } = await withPasskey();
  await begin();
  auth.advance(301);
  const { challenge_id, options } = await begin();
  await sweepChallenges(auth.deps);
  t.deepEqual(
    (await db('webauthn_challenges').select('id')).map(({ id }) => id),
    [challenge_id],
  );
  t.is((await finish(challenge_id, authenticator.sign(options))).status, 200);
});

test.serial('whatever is wrong in a signature, the answer is the same, and it is logged', async (t) => {
  const person = await withPasskey();
  const other = await withPasskey();
  const wrong: Record<string, Tampering> = {
    'another origin': { origin: 'https://bank.example.evil.org' },
    'another port': { origin: 'https://bank.example:8443' },
    'plain HTTP': { origin: 'http://bank.example' },
    'another relying party': { rpId: 'evil.org' },
    'a frame': { crossOrigin: true },
    'another challenge': { challenge: 'AAAA' },
    'the type of a registration': { type: 'webauthn.create' },
    'no verified user': { flags: FLAGS.present },
    'no present user': { flags: FLAGS.verified },
    'a passkey that can suddenly be copied': { flags: FLAGS.present | FLAGS.verified | FLAGS.backupEligible },
    'another key': { privateKey: other.authenticator.privateKey },
    'the handle of another user': { userHandle: other.authenticator.userHandle },
    'no user handle': { userHandle: null },
  };
  const refusal = (await finish('01900000-0000-7000-8000-000000000000', newAssertion())).body;
  for (const [name, change] of Object.entries(wrong)) {
    const before = (await auth.logEvents()).length;
    const { status, body } = await signIn(person.authenticator, change);
    t.is(status, 401, name);
    t.deepEqual({ ...body, correlation_id: '' }, { ...refusal, correlation_id: '' }, name);
    const events = await auth.logEvents();
    t.is(events.length, before + 1, name);
    t.like(events.at(-1), { action: 'LOGIN_FAILED', level: 'WARNING', concerns: [person.id] }, name);
  }
  t.is((await signIn(person.authenticator)).status, 200);
});

test.serial('a counter that does not grow is refused: the passkey was copied', async (t) => {
  const { authenticator } = await withPasskey();
  t.is((await signIn(authenticator, { counter: 7 })).status, 200);
  for (const counter of [7, 6, 0])
    t.is((await signIn(authenticator, { counter })).status, 401, String(counter));
  t.is((await signIn(authenticator, { counter: 8 })).status, 200);
});

test.serial('two signatures with one counter, at the same moment, are accepted once', async (t) => {
  const { authenticator } = await withPasskey();
  const replies = await Promise.all([1, 2, 3, 4].map(() => signIn(authenticator, { counter: 5 })));
  t.deepEqual(replies.map(({ status }) => status).sort(), [200, 401, 401, 401]);
});

test.serial('an authenticator without a counter signs in again and again', async (t) => {
  const { authenticator } = await withPasskey();
  for (let round = 0; round < 2; round += 1) t.is((await signIn(authenticator, { counter: 0 })).status, 200);
});

test.serial('a passkey that the bank does not know, or no longer, is refused', async (t) => {
  const stranger = softwareAuthenticator();
  stranger.create({ challenge: 'AAAA', user: { id: 'AAAA' } });
  t.is((await signIn(stranger)).body.code, 'invalid_credentials');
  const person = await withPasskey();
  const { challenge_id, options } = await begin();
  await auth.api.delete(
    `/api/auth/passkeys/${person.passkey.id}`,
    { password: PASSWORD },
    { token: person.token },
  );
  t.is((await finish(challenge_id, person.authenticator.sign(options))).body.code, 'invalid_credentials');
});

test.serial('a challenge for another purpose signs no user in', async (t) => {
  const person = await withPasskey();
  const options = await auth.api.post(
    '/api/auth/passkeys/options',
    { password: PASSWORD },
    { token: person.token },
  );
  const [{ id }] = await db('webauthn_challenges').where({ user_id: person.id, purpose: 'register' });
  t.is((await finish(id, person.authenticator.sign(options.body))).status, 401);
});

for (const status of ['pending', 'rejected', 'deactivated'] as const) {
  test.serial(`a ${status} user is told so after a right signature only`, async (t) => {
    const person = await withPasskey();
    await db('users').where({ id: person.id }).update({ status });
    t.like(await signIn(person.authenticator), { status: 403, body: { code: `account_${status}` } });
    t.is(
      (await signIn(person.authenticator, { origin: 'https://evil.org' })).body.code,
      'invalid_credentials',
    );
    t.like((await auth.logEvents(person.id)).at(-2), {
      action: 'LOGIN_FAILED',
      data: { reason: `account_${status}` },
    });
  });
}

test.serial('a deleted user’s passkeys are gone', async (t) => {
  const superuser = await auth.person('superuser');
  const person = await withPasskey();
  t.is(
    (await auth.api.delete(`/api/auth/users/${person.id}`, undefined, { token: superuser.token })).status,
    204,
  );
  t.deepEqual(await db('passkeys').where({ user_id: person.id }), []);
  t.is((await signIn(person.authenticator)).status, 401);
});

test.serial(
  'with a passkey, the password alone no longer signs in, and the refusal names what does',
  async (t) => {
    const person = await withPasskey();
    const { status, body } = await logIn(person.username);
    t.is(status, 401);
    t.like(body, { code: 'totp_required', methods: ['passkey', 'recovery_code'] });
    t.is((await logIn(person.username, { totp: '123456' })).body.code, 'invalid_totp');
    const both = await personWithTotp(auth);
    t.deepEqual((await logIn(both.username)).body.methods, ['totp', 'recovery_code']);
    await addPasskey(auth, both.token);
    t.deepEqual((await logIn(both.username)).body.methods, ['totp', 'passkey', 'recovery_code']);
    t.is((await logIn(both.username, { totp: codeNow(auth, both.secret) })).status, 200);
  },
);

test.serial('the second step of a sign-in takes a passkey of its user only', async (t) => {
  const person = await withPasskey();
  const other = await withPasskey();
  const { sign_in } = (await logIn(person.username)).body;
  const first = await begin(sign_in);
  t.deepEqual(first.options.allowCredentials, [
    { id: person.authenticator.credentialId, type: 'public-key', transports: ['internal', 'hybrid'] },
  ]);
  t.is((await finish(first.challenge_id, other.authenticator.sign(first.options))).status, 401);
  const second = await begin(sign_in);
  // The challenge names the user, so the authenticator need not.
  const credential = person.authenticator.sign(second.options, { userHandle: null });
  t.like(await finish(second.challenge_id, credential), { status: 200, body: { user: { id: person.id } } });
  const unknown = await auth.api.post('/api/auth/login/passkey/options', { sign_in: 'unknown' });
  t.like(unknown, { status: 401, body: { code: 'invalid_sign_in' } });
});

test.serial('a user who has lost their only passkey signs in with a recovery code', async (t) => {
  const person = await withPasskey();
  const [first = '', second = ''] = person.passkey.recovery_codes;
  t.is((await logIn(person.username, { totp: first })).status, 200);
  const { sign_in } = (await logIn(person.username)).body;
  const step = (totp: string) => auth.api.post('/api/auth/login/second-factor', { sign_in, totp });
  t.is((await step(first)).body.code, 'invalid_totp');
  t.is((await step(second)).status, 200);
});

test.serial('a sign-in from a new device is mailed, as with a password', async (t) => {
  const person = await withPasskey();
  const { challenge_id, options } = await begin();
  const reply = await auth.api.post(
    '/api/auth/login/passkey',
    { challenge_id, credential: person.authenticator.sign(options) },
    { headers: { 'user-agent': 'Elsewhere/1.0' } },
  );
  t.is(reply.status, 200);
  t.is((await auth.mails(person.email ?? '')).at(-1)?.template, 'new_device');
});

test.serial('failures count for the network address, and lock no user', async (t) => {
  const person = await withPasskey();
  const headers = { 'x-forwarded-for': '203.0.113.9' };
  const from = async () => {
    const { challenge_id, options } = await begin();
    const credential = person.authenticator.sign(options, { origin: 'https://evil.org' });
    return auth.api.post('/api/auth/login/passkey', { challenge_id, credential }, { headers });
  };
  const { limit } = QUOTAS.failed_sign_in_from_network;
  for (let failure = 0; failure < limit; failure += 1) {
    const { status } = await from();
    if (status !== 401) return t.fail(`failure ${failure}: ${status}`);
  }
  t.is((await from()).status, 429);
  t.is((await auth.api.post('/api/auth/login/passkey/options', {}, { headers })).status, 429);
  t.is((await signIn(person.authenticator)).status, 200);
});
