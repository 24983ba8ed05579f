import test from 'ava';
import {
  afterComparing,
  codeNow,
  linkToken,
  openTestAuth,
  PASSWORD,
  type Person,
  personWithTotp,
  replicaOf,
  wrongCode,
} from '../fixtures.ts';
import { addPasskey } from '../passkeys/software-authenticator.fixture.ts';
import { sweep } from '../sweep.ts';
import type { UserRow } from '../users/store.ts';

const auth = await openTestAuth();
const replica = await replicaOf(auth);
test.after.always(async () => {
  await replica.close();
  await auth.close();
});
const { db } = auth.database;

interface Sending {
  password?: string;
  device?: string | null | undefined;
  ip?: string;
  totp?: string;
  api?: typeof auth.api;
}
function logIn(user: Pick<UserRow, 'username'>, sending: Sending = {}) {
  const { password = PASSWORD, device, ip = networkOf(user), totp, api = auth.api } = sending;
  return api.post(
    '/api/auth/login',
    {
      username: user.username,
      password,
      ...(device === undefined ? {} : { device_token: device }),
      ...(totp === undefined ? {} : { totp }),
    },
    { headers: { 'x-forwarded-for': ip } },
  );
}
/** Each user has a network of their own, so that the tests don't use up one budget. */
const networks = new Map<string, string>();
function networkOf({ username }: Pick<UserRow, 'username'>): string {
  const known = networks.get(username) ?? `192.0.2.${networks.size + 1}`;
  networks.set(username, known);
  return known;
}
/** A user and the token of a device on which they have signed in. */
async function owner(): Promise<{ user: UserRow; device: string }> {
  const user = await auth.user();
  return { user, device: (await logIn(user)).body.device_token };
}
async function lockOut(user: Pick<UserRow, 'username'>): Promise<void> {
  for (let failure = 1; failure <= 5; failure += 1) await logIn(user, { password: 'wrong' });
}
const finish = (sign_in: string, totp: string) =>
  auth.api.post('/api/auth/login/second-factor', { sign_in, totp });
const devicesOf = ({ id }: Pick<UserRow, 'id'>) => db('trusted_devices').where({ user_id: id });
/** The answer without what differs from request to request. */
const answerOf = ({ status, body, headers }: Awaited<ReturnType<typeof logIn>>) => ({
  status,
  body: { ...body, correlation_id: '' },
  retryAfter: headers['retry-after'],
});

test.serial('a thief who locks a user out does not lock the owner out of their own device', async (t) => {
  const { user, device } = await owner();
  await lockOut(user);
  t.is((await logIn(user)).body.code, 'too_many_attempts');
  for (const stranger of [null, 'x', 'A'.repeat(43), (await owner()).device])
    t.is((await logIn(user, { device: stranger })).body.code, 'too_many_attempts');
  const back = await logIn(user, { device });
  t.is(back.status, 200);
  t.is((await logIn(user)).body.code, 'too_many_attempts', 'the success gives the thief no more guesses');
  t.is((await logIn(user, { device: back.body.device_token })).status, 200);
});

test.serial('nor does a thief in the same network', async (t) => {
  const { user, device } = await owner();
  const ip = '198.51.100.77';
  const guess = (n: number) => logIn({ username: `no-user-${n}` }, { password: 'wrong', ip });
  for (let sent = 0; sent < 300; sent += 20)
    await Promise.all(Array.from({ length: 20 }, (_, n) => guess(sent + n)));
  t.is((await logIn(user, { ip })).body.code, 'too_many_requests');
  t.is((await logIn(user, { ip, device })).status, 200);
});

test.serial('the token is stored by its hash, and each sign-in replaces it', async (t) => {
  const { user, device } = await owner();
  t.regex(device, /^[A-Za-z0-9_-]{43}$/);
  const [stored] = await devicesOf(user);
  t.false(JSON.stringify(stored).includes(device));
  const next = (await logIn(user, { device })).body.device_token;
  t.not(next, device);
  t.is((await devicesOf(user)).length, 1);
  await lockOut(user);
  t.is((await logIn(user, { device })).body.code, 'too_many_attempts', 'a copy of the old one is worthless');
  t.is((await logIn(user, { device: next })).status, 200);
});

test.serial('a stolen token gives five guesses, and each counts for strangers too', async (t) => {
  const { user, device } = await owner();
  for (let failure = 1; failure <= 5; failure += 1)
    t.is((await logIn(user, { device, password: 'wrong' })).body.code, 'invalid_credentials');
  t.is((await logIn(user)).body.code, 'too_many_attempts');
  t.is((await logIn(user, { device })).body.code, 'too_many_attempts', 'the device is trusted no more');
  auth.advance(30);
  t.is((await logIn(user, { device })).status, 200);
});

test.serial('five guesses are all, however long they take', async (t) => {
  const { user, device } = await owner();
  for (let day = 1; day <= 5; day += 1) {
    t.is((await logIn(user, { device, password: 'wrong' })).status, 401);
    auth.advance(25 * 3600);
  }
  t.deepEqual(await devicesOf(user), []);
  const other = await owner();
  for (let day = 1; day <= 4; day += 1) await logIn(other.user, { device: other.device, password: 'wrong' });
  const next = (await logIn(other.user, { device: other.device })).body.device_token;
  t.like(await devicesOf(other.user), [{ failures: 0 }], 'a sign-in clears them');
  await lockOut(other.user);
  t.is((await logIn(other.user, { device: next })).status, 200);
});

test.serial(
  'while the user is locked, a wrong password gets the same answer with a good token as with a bad one',
  async (t) => {
    const { user, device } = await owner();
    const foreign = (await owner()).device;
    const compare = async () => {
      const answers = [];
      for (const token of [device, foreign, undefined])
        answers.push(answerOf(await logIn(user, { device: token, password: 'wrong' })));
      t.deepEqual(answers[0], answers[2]);
      t.deepEqual(answers[1], answers[2]);
      return answers[0];
    };
    t.is((await compare())?.body.code, 'invalid_credentials');
    await lockOut(user);
    t.is((await compare())?.body.code, 'too_many_attempts');
    t.is((await compare())?.retryAfter, '30');
    const failed = (await auth.logEvents(user.id)).filter(({ action }) => action === 'LOGIN_FAILED').at(-1);
    t.like(
      failed?.data,
      { reason: 'wrong_password', trusted_device: true },
      'the log says that it was a guess',
    );
    t.is((await logIn(user, { device })).status, 200);
  },
);

test.serial('a token is good for its own user only, and unknown names look alike with one', async (t) => {
  const { user } = await owner();
  const thief = await owner();
  await lockOut(user);
  await lockOut({ username: 'no-such-user' });
  const verified = auth.verifications();
  t.deepEqual(
    answerOf(await logIn({ username: 'no-such-user' }, { device: thief.device })),
    answerOf(await logIn(user, { device: thief.device })),
  );
  t.is(auth.verifications(), verified, 'neither password is looked at');
});

test.serial('only the password on a device that proves its user goes ahead of others', async (t) => {
  const { hasher } = auth.deps;
  const ahead: unknown[] = [];
  auth.deps.hasher = {
    ...hasher,
    verify(...compared) {
      ahead.push(compared[2]?.known ?? null);
      return hasher.verify(...compared);
    },
  };
  try {
    const { user, device } = await owner();
    const [{ id }] = await devicesOf(user);
    const stranger = await owner();
    for (const token of [device, stranger.device, 'x', null]) await logIn(user, { device: token });
    t.deepEqual(ahead, [null, null, id, null, null, null]);
  } finally {
    auth.deps.hasher = hasher;
  }
});

test.serial(
  'of a hundred concurrent guesses on a stolen device, five are looked at while the user is locked',
  async (t) => {
    const { user, device } = await owner();
    await lockOut(user);
    const guesses = await Promise.all(
      Array.from({ length: 100 }, (_, n) =>
        logIn(user, { device, password: `guess-${n}`, api: n % 2 === 0 ? auth.api : replica.api }),
      ),
    );
    t.true(guesses.every(({ body }) => body.code === 'too_many_attempts'));
    const failed = (await auth.logEvents(user.id)).filter(({ data }) => data.trusted_device === true);
    t.is(failed.length, 5);
    t.is((await logIn(user, { device })).body.code, 'too_many_attempts');
  },
);

test.serial(
  'the right password on a device is refused if concurrent guesses use its budget up first',
  async (t) => {
    const { user, device } = await owner();
    await lockOut(user);
    const reply = await afterComparing(
      auth,
      () => logIn(user, { device }),
      async () => {
        for (let failure = 1; failure <= 5; failure += 1) await logIn(user, { device, password: 'wrong' });
      },
    );
    t.is(reply.body.code, 'too_many_attempts');
    t.deepEqual(await devicesOf(user), []);
  },
);

test.serial(
  'a wrong password on a device gets the answer of a stranger, also if strangers are locked meanwhile',
  async (t) => {
    const { user, device } = await owner();
    const reply = await afterComparing(
      auth,
      () => logIn(user, { device, password: 'wrong' }),
      () => lockOut(user),
    );
    t.is(reply.body.code, 'too_many_attempts');
    t.is((await logIn(user, { device })).status, 200);
  },
);

test.serial('two replicas agree: what one counts, locks or trusts, the other knows at once', async (t) => {
  const { user, device } = await owner();
  for (let failure = 1; failure <= 5; failure += 1)
    t.is((await logIn(user, { password: 'wrong', api: failure % 2 ? auth.api : replica.api })).status, 401);
  for (const api of [auth.api, replica.api]) t.is((await logIn(user, { api })).status, 429);
  const next = await logIn(user, { device, api: replica.api });
  t.is(next.status, 200);
  t.is((await logIn(user, { device })).status, 429, 'the old token');
  for (let failure = 1; failure <= 5; failure += 1)
    await logIn(user, {
      device: next.body.device_token,
      password: 'wrong',
      api: failure % 2 ? auth.api : replica.api,
    });
  for (const api of [auth.api, replica.api])
    t.is((await logIn(user, { device: next.body.device_token, api })).status, 429);
});

const FORGETS: Record<string, (person: Person) => Promise<{ status: number }>> = {
  'a recovered password': async (person) => {
    await auth.api.post('/api/auth/password/forgot', { email: person.email });
    const token = linkToken((await auth.mails(person.email ?? '')).at(-1));
    return auth.api.post('/api/auth/password/recover', { token, new_password: PASSWORD });
  },
  'a new password on another device': async (person) => {
    const { access_token: token } = await auth.signIn(person);
    const body = { old_password: PASSWORD, new_password: 'parsnips-every-thursday' };
    const changed = await auth.api.post('/api/auth/password/reset', body, { token });
    if (changed.status !== 204) return changed;
    const hash = await auth.deps.hasher.hash(PASSWORD);
    await db('users').where({ id: person.id }).update({ password_hash: hash });
    return changed;
  },
  'ending its session by hand': async (person) => {
    const claims = JSON.parse(Buffer.from(person.token.split('.')[1] ?? '', 'base64url').toString());
    const { access_token: token } = await auth.signIn(person);
    return auth.api.delete(`/api/auth/sessions/${claims.sid}`, undefined, { token });
  },
  'a deactivation, though the user is active again': async (person) => {
    const { token } = await auth.person('agent');
    await auth.api.post(`/api/auth/users/${person.id}/deactivate`, {}, { token });
    return auth.api.post(`/api/auth/users/${person.id}/activate`, {}, { token });
  },
};
for (const [name, forget] of Object.entries(FORGETS)) {
  test.serial(`a device is forgotten by ${name}`, async (t) => {
    const person = await auth.person();
    const device = await deviceOf(person);
    t.true((await forget(person)).status < 300);
    await lockOut(person);
    t.is((await logIn(person, { device })).body.code, 'too_many_attempts');
  });
}

/** Signs in on a device of its own, whose session is the person's from then on. */
async function deviceOf(person: Person): Promise<string> {
  const { body } = await logIn(person);
  person.token = body.access_token;
  return body.device_token;
}

test.serial('signing out leaves a device trusted, and so does changing the password on it', async (t) => {
  const person = await auth.person();
  const device = await deviceOf(person);
  const body = { old_password: PASSWORD, new_password: 'parsnips-every-thursday' };
  t.is((await auth.api.post('/api/auth/password/reset', body, { token: person.token })).status, 204);
  t.is((await devicesOf(person)).length, 1, 'the other one is forgotten');
  t.is((await auth.api.post('/api/auth/logout', undefined, { token: person.token })).status, 204);
  await lockOut(person);
  t.is((await logIn(person, { device, password: 'parsnips-every-thursday' })).status, 200);
});

test.serial('deleting a user deletes their devices', async (t) => {
  const { user } = await owner();
  const { token } = await auth.person('agent');
  t.is((await auth.api.delete(`/api/auth/users/${user.id}`, undefined, { token })).status, 204);
  t.deepEqual(await devicesOf(user), []);
});

test.serial('a device is forgotten a year after its last sign-in', async (t) => {
  const { user, device } = await owner();
  auth.advance(364 * 86_400);
  await lockOut(user);
  const next = await logIn(user, { device });
  t.is(next.status, 200);
  auth.advance(365 * 86_400);
  await lockOut(user);
  t.is((await logIn(user, { device: next.body.device_token })).body.code, 'too_many_attempts');
  auth.advance(1);
  await sweep(auth.deps);
  t.deepEqual(await devicesOf(user), []);
});

test.serial(
  'twenty devices of a user are trusted; the one that was used longest ago goes first',
  async (t) => {
    const { user, device } = await owner();
    auth.advance(1);
    const second = (await logIn(user)).body.device_token;
    auth.advance(1);
    const kept = (await logIn(user, { device })).body.device_token;
    for (let more = 0; more < 19; more += 1) {
      auth.advance(1);
      await logIn(user);
    }
    t.is((await devicesOf(user)).length, 20);
    await lockOut(user);
    t.is((await logIn(user, { device: second })).body.code, 'too_many_attempts');
    t.is((await logIn(user, { device: kept })).status, 200);
  },
);

test.serial(
  'with a second factor, a device is trusted after the code, and others lock neither step',
  async (t) => {
    const person = await personWithTotp(auth);
    const asked = await logIn(person);
    t.false('device_token' in asked.body);
    const signedIn = await finish(asked.body.sign_in, codeNow(auth, person.secret));
    const device = signedIn.body.device_token;
    auth.advance(30);
    await lockOut(person);
    t.is((await logIn(person)).body.code, 'too_many_attempts');
    const { sign_in } = (await logIn(person, { device })).body;
    t.is((await finish(sign_in, wrongCode(auth, person.secret))).body.code, 'invalid_totp');
    const back = await finish(sign_in, codeNow(auth, person.secret));
    t.is(back.status, 200);
    auth.advance(30);
    await lockOut(person);
    const totp = codeNow(auth, person.secret);
    t.is((await logIn(person, { device: back.body.device_token, totp })).status, 200, 'also in one step');
  },
);

test.serial('wrong codes on a trusted device use its budget up, whatever else is locked', async (t) => {
  const person = await personWithTotp(auth);
  const device = (await logIn(person, { totp: codeNow(auth, person.secret) })).body.device_token;
  await lockOut(person);
  const tickets = [];
  for (let more = 0; more < 3; more += 1) tickets.push((await logIn(person, { device })).body.sign_in);
  const replies = await Promise.all(
    tickets.flatMap((ticket) =>
      Array.from({ length: 10 }, () => finish(ticket, wrongCode(auth, person.secret))),
    ),
  );
  t.is(replies.filter(({ body }) => body.code === 'invalid_totp').length, 5);
  t.is((await logIn(person, { device })).body.code, 'too_many_attempts');
});

test.serial('a ticket keeps no trust that its device has lost', async (t) => {
  const person = await personWithTotp(auth);
  const device = (await logIn(person, { totp: codeNow(auth, person.secret) })).body.device_token;
  auth.advance(30);
  await lockOut(person);
  const { sign_in } = (await logIn(person, { device })).body;
  for (let failure = 1; failure <= 5; failure += 1) await logIn(person, { device, password: 'wrong' });
  t.is((await finish(sign_in, codeNow(auth, person.secret))).body.code, 'too_many_attempts');
});

test.serial(
  'a signed-in user on a trusted device can confirm their password while strangers are locked',
  async (t) => {
    const person = await auth.person();
    const start = (password: string) =>
      auth.api.post('/api/auth/totp', { password }, { token: person.token });
    await lockOut(person);
    t.is((await start(PASSWORD)).status, 200);
    for (let failure = 1; failure <= 5; failure += 1)
      t.is((await start('wrong')).body.code, 'wrong_password');
    t.is((await start('wrong')).body.code, 'too_many_attempts');
    t.is((await start(PASSWORD)).body.code, 'too_many_attempts');
  },
);

test.serial(
  'the reason why a user may not sign in is given on a trusted device too, after the right password',
  async (t) => {
    const { user, device } = await owner();
    await lockOut(user);
    await db('users').where({ id: user.id }).update({ status: 'deactivated' });
    t.is((await logIn(user, { device, password: 'wrong' })).body.code, 'too_many_attempts');
    t.is((await logIn(user, { device })).body.code, 'account_deactivated');
  },
);

test.serial('a passkey needs no trusted device, and leaves none', async (t) => {
  const person = await auth.person();
  const { authenticator } = await addPasskey(auth, person.token);
  const before = (await devicesOf(person)).length;
  await lockOut(person);
  const { challenge_id, options } = (await auth.api.post('/api/auth/login/passkey/options', {})).body;
  const credential = authenticator.sign(options);
  const reply = await auth.api.post('/api/auth/login/passkey', { challenge_id, credential });
  t.like(reply, { status: 200, body: { device_token: null } });
  t.is((await devicesOf(person)).length, before);
});
