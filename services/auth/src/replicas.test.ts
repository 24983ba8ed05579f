import { createRevocations, createVerifier } from '@guichet/tokens';
import test from 'ava';
import { codeNow, linkToken, openTestAuth, PASSWORD, personWithTotp, replicaOf } from './fixtures.ts';
import { addPasskey, softwareAuthenticator } from './passkeys/software-authenticator.fixture.ts';

// Two replicas on one database. Of the second, the clock is five seconds ahead or behind.

const auth = await openTestAuth({ asPeer: 'accounts' });
const second = {
  ahead: await replicaOf(auth, { aheadMs: 5_000, asPeer: 'accounts' }),
  behind: await replicaOf(auth, { aheadMs: -5_000, asPeer: 'accounts' }),
};
const minutesAhead = await replicaOf(auth, { aheadMs: 300_000 });
const minutesBehind = await replicaOf(auth, { aheadMs: -300_000 });
test.after.always(async () => {
  for (const each of [second.ahead, second.behind, minutesAhead, minutesBehind]) await each.close();
  await auth.close();
});
type Api = typeof auth.api;
const IBAN = 'BE68539007547034';

let networks = 0;
/** Each from a network of its own, so that only the budgets of users count. */
function logIn(api: Api, username: string, more: object = {}) {
  networks += 1;
  const headers = { 'x-forwarded-for': `10.0.${networks >> 8}.${networks & 255}` };
  return api.post('/api/auth/login', { username, password: PASSWORD, ...more }, { headers });
}
const ticketOf = async (api: Api, username: string): Promise<string> =>
  (await logIn(api, username)).body.sign_in;
const finish = (api: Api, sign_in: string, totp: string) =>
  api.post('/api/auth/login/second-factor', { sign_in, totp });

/** The secrets that may be used once. Each makes one, and returns how one of the replicas is asked to accept it. */
const ONCE: Record<string, (made: Api) => Promise<(used: Api) => Promise<boolean>>> = {
  'a code of the app': async () => {
    const { username, secret } = await personWithTotp(auth);
    const totp = codeNow(auth, secret);
    return async (used) => (await logIn(used, username, { totp })).status === 200;
  },
  'a code of the app for a payment': async () => {
    const { id: user_id, secret } = await personWithTotp(auth);
    const code = codeNow(auth, secret);
    return async (used) =>
      (await used.post('/internal/second-factor/verify', { user_id, code })).body.valid === true;
  },
  'a recovery code': async () => {
    const { username, codes } = await personWithTotp(auth);
    return async (used) => (await logIn(used, username, { totp: codes[0] })).status === 200;
  },
  'the ticket of a sign-in': async (made) => {
    const { username, codes } = await personWithTotp(auth);
    const ticket = await ticketOf(made, username);
    // Each time with another code, so that only the ticket can refuse.
    let at = 0;
    return async (used) => {
      at += 1;
      return (await finish(used, ticket, codes[at] ?? '')).status === 200;
    };
  },
  'the challenge of a sign-in with a passkey': async (made) => {
    const { authenticator } = await addPasskey(auth, (await auth.person()).token);
    const { challenge_id, options } = (await made.post('/api/auth/login/passkey/options', {})).body;
    return async (used) => {
      const credential = authenticator.sign(options);
      return (await used.post('/api/auth/login/passkey', { challenge_id, credential })).status === 200;
    };
  },
  'the challenge of a new passkey': async (made) => {
    const { token } = await auth.person();
    const { body } = await made.post('/api/auth/passkeys/options', { password: PASSWORD }, { token });
    return async (used) => {
      // Each time another passkey, so that only the challenge can refuse.
      const credential = softwareAuthenticator().create(body);
      return (await used.post('/api/auth/passkeys', { name: 'Phone', credential }, { token })).status === 201;
    };
  },
  'the challenge of a payment': async (made) => {
    const { token } = await auth.person();
    const { authenticator } = await addPasskey(auth, token);
    const payment = { amount: 150_000, currency: 'EUR', iban: IBAN };
    const { challenge_id, options } = (await made.post('/api/auth/step-up/options', payment, { token })).body;
    return async (used) => {
      const credential = authenticator.sign(options);
      return (await used.post('/api/auth/step-up', { challenge_id, credential }, { token })).status === 200;
    };
  },
  'the confirmation of a payment': async (made) => {
    const { id: user_id, token } = await auth.person();
    const { authenticator } = await addPasskey(auth, token);
    const payment = { amount: 150_000, currency: 'EUR', iban: IBAN };
    const { challenge_id, options } = (await made.post('/api/auth/step-up/options', payment, { token })).body;
    const signed = { challenge_id, credential: authenticator.sign(options) };
    const { step_up: value } = (await made.post('/api/auth/step-up', signed, { token })).body;
    return async (used) =>
      (await used.post('/internal/second-factor/verify', { user_id, step_up: { value, ...payment } })).body
        .valid === true;
  },
  'a link that sets a password': async (made) => {
    const { email } = await auth.person();
    const sent = async () =>
      (await auth.mails(email ?? '')).findLast(({ template }) => template === 'recover');
    await made.post('/api/auth/password/forgot', { email });
    const token = linkToken(await sent());
    return async (used) =>
      (await used.post('/api/auth/password/recover', { token, new_password: 'a new one for tuesdays' }))
        .status === 204;
  },
};

for (const [clock, replica] of Object.entries(second)) {
  for (const [what, make] of Object.entries(ONCE)) {
    test.serial(`${what} is accepted once by two replicas, of which one is ${clock}`, async (t) => {
      for (const made of [auth.api, replica.api]) {
        const use = await make(made);
        const answers = await Promise.all(
          Array.from({ length: 4 }, (_, n) => use(n % 2 === 0 ? auth.api : replica.api)),
        );
        t.is(answers.filter(Boolean).length, 1, 'at the same moment');
        const again = await make(made);
        t.true(await again(made));
        t.false(await again(made === auth.api ? replica.api : auth.api), 'by the other');
      }
    });
  }

  test.serial(
    `a code of the app is good in each replica for as long as the app shows it, also ${clock}`,
    async (t) => {
      for (const api of [auth.api, replica.api]) {
        const { username, secret } = await personWithTotp(auth);
        auth.advance(30 - ((auth.deps.clock().getTime() / 1000) % 30));
        const totp = codeNow(auth, secret);
        auth.advance(29);
        t.is((await logIn(api, username, { totp })).status, 200);
        const other = api === auth.api ? replica.api : auth.api;
        t.is((await logIn(other, username, { totp })).status, 401);
      }
    },
  );

  test.serial(
    `five failures lock in both replicas for thirty seconds, more or less by five, also ${clock}`,
    async (t) => {
      const { username } = await auth.user();
      const apis = [auth.api, replica.api, auth.api, replica.api, replica.api];
      for (const api of apis) t.is((await logIn(api, username, { password: 'wrong' })).status, 401);
      const both = async (more: object = {}) => [
        (await logIn(auth.api, username, more)).status,
        (await logIn(replica.api, username, more)).status,
      ];
      t.deepEqual(await both(), [429, 429]);
      auth.advance(24.9);
      t.deepEqual(await both(), [429, 429]);
      auth.advance(10.2);
      // The sixth locks again, and no budget starts over.
      t.deepEqual(await both({ password: 'wrong' }), [401, 429]);
      auth.advance(54.9);
      t.deepEqual(await both(), [429, 429]);
      auth.advance(10.2);
      t.deepEqual(await both(), [200, 200]);
    },
  );

  test.serial(`a token is good everywhere from its issue to its own expiry, also ${clock}`, async (t) => {
    const { username } = await auth.user();
    const { keyring: keys, clock: now } = auth.deps;
    const elsewhere = createVerifier({ keys, revocations: createRevocations(now), clock: now });
    for (const issuer of [auth, replica]) {
      const { access_token: token } = (await logIn(issuer.api, username)).body;
      const statuses = async () => [
        (await auth.api.get('/api/auth/profile', { token })).status,
        (await replica.api.get('/api/auth/profile', { token })).status,
        await elsewhere(token).then(
          () => 200,
          () => 401,
        ),
      ];
      t.deepEqual(await statuses(), [200, 200, 200]);
      auth.advance(589);
      t.deepEqual(await statuses(), [200, 200, 200]);
      // Each clock differs by at most five seconds, so two of them by ten.
      auth.advance(21);
      t.deepEqual(await statuses(), [401, 401, 401], 'no longer than the clocks differ');
    }
  });

  test.serial(`a session that has ended is refused by both replicas at once, also ${clock}`, async (t) => {
    for (const [here, there] of [
      [auth.api, replica.api],
      [replica.api, auth.api],
    ] as const) {
      const { username } = await auth.user();
      const { access_token: token, refresh_token } = (await logIn(here, username)).body;
      t.is((await there.post('/api/auth/logout', undefined, { token })).status, 204);
      for (const api of [here, there]) {
        t.is((await api.get('/api/auth/profile', { token })).status, 401);
        t.is((await api.post('/api/auth/refresh', { refresh_token })).status, 401);
      }
    }
  });
}

test.serial('what a clock that is five minutes off costs', async (t) => {
  const { username, secret, token } = await personWithTotp(auth);
  const code = () => codeNow(auth, secret);
  t.is((await logIn(minutesAhead.api, username, { totp: code() })).status, 401, 'no code is right there');
  t.is((await logIn(minutesBehind.api, username, { totp: code() })).status, 401);
  const ticket = await ticketOf(auth.api, username);
  t.is((await finish(minutesAhead.api, ticket, code())).body.code, 'invalid_sign_in', 'tickets have expired');
  t.is((await auth.api.get('/api/auth/profile', { token })).status, 200, 'sessions stay');

  const plain = await auth.user();
  const early = (await logIn(minutesAhead.api, plain.username)).body.access_token;
  const late = (await logIn(minutesBehind.api, plain.username)).body.access_token;
  const good = async (one: string) => (await auth.api.get('/api/auth/profile', { token: one })).status;
  t.deepEqual([await good(early), await good(late)], [200, 200]);
  auth.advance(301);
  t.deepEqual([await good(early), await good(late)], [200, 401], 'five minutes too early');
  auth.advance(590);
  t.is(await good(early), 200);
  auth.advance(10);
  t.is(await good(early), 401, 'five minutes too late');
});
