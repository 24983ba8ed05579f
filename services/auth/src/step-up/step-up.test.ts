import test from 'ava';
import { openTestAuth, PASSWORD, type Person } from '../fixtures.ts';
import {
  addPasskey,
  FLAGS,
  type SoftwareAuthenticator,
  type Tampering,
} from '../passkeys/software-authenticator.fixture.ts';
import { sweepChallenges } from '../sweep.ts';

const auth = await openTestAuth({ asPeer: 'accounts' });
test.after.always(() => auth.close());
const { db } = auth.database;
const IBAN = 'BE68539007547034';

type Payer = Person & { authenticator: SoftwareAuthenticator; passkey: { id: string } };
async function payer(): Promise<Payer> {
  const person = await auth.person();
  return { ...person, ...(await addPasskey(auth, person.token)) };
}
const begin = (token: string, payment: object = {}) =>
  auth.api.post('/api/auth/step-up/options', { amount: 150_000, iban: IBAN, ...payment }, { token });
const finish = (token: string, challenge_id: string, credential: object) =>
  auth.api.post('/api/auth/step-up', { challenge_id, credential }, { token });
async function confirm(
  { token, authenticator }: Pick<Payer, 'token' | 'authenticator'>,
  payment: object = {},
) {
  const { challenge_id, options } = (await begin(token, payment)).body;
  const { status, text, body } = await finish(token, challenge_id, authenticator.sign(options));
  if (status !== 200) throw new Error(text);
  return body.step_up as string;
}
/** What accounts asks before it executes the payment. */
const use = async (userId: string, value: string, payment: object = {}) =>
  (
    await auth.api.post('/internal/second-factor/verify', {
      user_id: userId,
      step_up: { value, amount: 150_000, currency: 'EUR', iban: IBAN, ...payment },
    })
  ).body;
const RIGHT = { enabled: true, valid: true };
const WRONG = { enabled: true, valid: false };

test.serial('a passkey confirms a payment, whose value is good once', async (t) => {
  const person = await payer();
  const { body } = await begin(person.token, { iban: 'be68 5390 0754 7034' });
  t.like(body.options, { rpId: 'bank.example', userVerification: 'required' });
  t.is(body.options.allowCredentials[0].id, person.authenticator.credentialId);
  const reply = await finish(person.token, body.challenge_id, person.authenticator.sign(body.options));
  t.is(reply.status, 200);
  const { step_up } = reply.body;
  t.regex(step_up, /^[A-Za-z0-9_-]{43}$/);
  t.false(
    JSON.stringify(await db('step_ups').select('token_hash')).includes(step_up),
    'stored by its hash only',
  );
  t.deepEqual(await use(person.id, step_up), RIGHT);
  t.deepEqual(await use(person.id, step_up), WRONG);
});

test.serial('it confirms exactly that payment, and another one uses it up', async (t) => {
  const person = await payer();
  const stranger = await payer();
  const others = [
    { amount: 150_001 },
    { amount: 149_999 },
    { currency: 'GBP' },
    { iban: 'DE89370400440532013000' },
  ];
  for (const other of others) {
    const value = await confirm(person);
    t.deepEqual(await use(person.id, value, other), WRONG, JSON.stringify(other));
    t.deepEqual(await use(person.id, value), WRONG, 'used up');
  }
  const value = await confirm(person);
  t.deepEqual(await use(stranger.id, value), WRONG);
  t.deepEqual(await use(person.id, value), RIGHT, 'a stranger can’t use it up');
  const yen = { currency: 'JPY' };
  t.deepEqual(await use(person.id, await confirm(person, yen)), WRONG);
  t.deepEqual(await use(person.id, await confirm(person, yen), yen), RIGHT);
});

test.serial('used twice at once, it confirms once', async (t) => {
  const person = await payer();
  const value = await confirm(person);
  const replies = await Promise.all([1, 2, 3, 4].map(() => use(person.id, value)));
  t.is(replies.filter(({ valid }) => valid).length, 1);
});

test.serial('after five minutes it confirms nothing', async (t) => {
  const person = await payer();
  const value = await confirm(person);
  auth.advance(299);
  t.deepEqual(await use(person.id, await confirm(person)), RIGHT);
  auth.advance(1);
  t.deepEqual(await use(person.id, value), WRONG);
  await confirm(person);
  auth.advance(301);
  await sweepChallenges(auth.deps);
  t.deepEqual(await db('step_ups'), []);
});

const ENDS: Record<string, (person: Payer) => Promise<unknown>> = {
  'its session has signed out': ({ token }) => auth.api.post('/api/auth/logout', undefined, { token }),
  'the password was changed in another session': async (person) => {
    const challenge = (await auth.api.post('/api/auth/login/passkey/options', {})).body;
    const credential = person.authenticator.sign(challenge.options);
    const { challenge_id } = challenge;
    const { body } = await auth.api.post('/api/auth/login/passkey', { challenge_id, credential });
    const change = { old_password: PASSWORD, new_password: 'parsnips-every-thursday' };
    return auth.api.post('/api/auth/password/reset', change, { token: body.access_token });
  },
  'its passkey was removed': async ({ token, passkey }) => {
    // With the other one, the user still has a second factor.
    await addPasskey(auth, token);
    return auth.api.delete(`/api/auth/passkeys/${passkey.id}`, { password: PASSWORD }, { token });
  },
};
for (const [name, end] of Object.entries(ENDS)) {
  test.serial(`once ${name}, it confirms nothing`, async (t) => {
    const person = await payer();
    const value = await confirm(person);
    const { status } = (await end(person)) as { status: number };
    t.is(status, 204);
    t.deepEqual(await use(person.id, value), WRONG);
  });
}

test.serial('once the user is deactivated, auth knows no such user', async (t) => {
  const person = await payer();
  const value = await confirm(person);
  await db('users').where({ id: person.id }).update({ status: 'deactivated' });
  t.like(await use(person.id, value), { status: 404 });
});

test.serial('a wrong signature confirms nothing, uses the challenge up, and is logged', async (t) => {
  const person = await payer();
  const other = await payer();
  const wrong: Record<string, Tampering> = {
    'another origin': { origin: 'https://evil.org' },
    'another challenge': { challenge: 'AAAA' },
    'no verified user': { flags: FLAGS.present },
    'another key': { privateKey: other.authenticator.privateKey },
    'a counter that does not grow': { counter: 0 },
  };
  await confirm(person);
  for (const [name, change] of Object.entries(wrong)) {
    const { challenge_id, options } = (await begin(person.token)).body;
    const reply = await finish(person.token, challenge_id, person.authenticator.sign(options, change));
    t.like(reply, { status: 422, body: { code: 'invalid_passkey' } }, name);
    t.like(
      (await auth.logEvents(person.id)).at(-1),
      { action: 'STEP_UP_FAILED', level: 'WARNING', actor: { id: person.id } },
      name,
    );
    const again = await finish(person.token, challenge_id, person.authenticator.sign(options));
    t.is(again.body.code, 'invalid_passkey', name);
  }
  const { challenge_id, options } = (await begin(person.token)).body;
  t.is((await finish(person.token, challenge_id, other.authenticator.sign(options))).status, 422);
  t.deepEqual(await db('step_ups').where({ user_id: person.id }).andWhere('amount', '<>', 150_000), []);
});

test.serial('a challenge belongs to one user and session, and to one purpose', async (t) => {
  const person = await payer();
  const other = await payer();
  const signing = async (token: string, from: string) => {
    const { challenge_id, options } = (await begin(from)).body;
    return (await finish(token, challenge_id, person.authenticator.sign(options))).body.code;
  };
  t.is(await signing(other.token, person.token), 'invalid_passkey');
  const forSignIn = (await auth.api.post('/api/auth/login/passkey/options', {})).body;
  const signed = person.authenticator.sign(forSignIn.options);
  t.is((await finish(person.token, forSignIn.challenge_id, signed)).body.code, 'invalid_passkey');
  const forPayment = (await begin(person.token)).body;
  const credential = person.authenticator.sign(forPayment.options);
  const { challenge_id } = forPayment;
  const signIn = await auth.api.post('/api/auth/login/passkey', { challenge_id, credential });
  t.is(signIn.body.code, 'invalid_credentials');

  const challenge = (await auth.api.post('/api/auth/login/passkey/options', {})).body;
  const elsewhere = await auth.api.post('/api/auth/login/passkey', {
    challenge_id: challenge.challenge_id,
    credential: person.authenticator.sign(challenge.options),
  });
  t.is(await signing(elsewhere.body.access_token, person.token), 'invalid_passkey');
  t.is(await signing(person.token, person.token), undefined);
});

test.serial('only a member with a passkey can confirm, a payment to a real IBAN', async (t) => {
  const { token } = await auth.person();
  t.like(await begin(token), { status: 409, body: { code: 'no_passkey' } });
  const agent = await auth.person('agent');
  await addPasskey(auth, agent.token);
  t.like(await begin(agent.token), { status: 403, body: { code: 'forbidden' } });
  const person = await payer();
  t.like(await begin(person.token, { iban: 'BE68539007547035' }), {
    status: 422,
    body: { code: 'invalid_iban' },
  });
  for (const amount of [0, -1, 1.5, 1_000_000_000_001])
    t.is((await begin(person.token, { amount })).status, 400, String(amount));
});

test.serial('a passkey is a second factor for accounts, and a code is then wrong', async (t) => {
  const person = await payer();
  const check = async (code?: string) =>
    (await auth.api.post('/internal/second-factor/verify', { user_id: person.id, code })).body;
  t.deepEqual(await check(), WRONG);
  t.deepEqual(await check('123456'), WRONG);
});
