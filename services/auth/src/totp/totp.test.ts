import test from 'ava';
import {
  codeNow as codeOf,
  openTestAuth,
  PASSWORD,
  personWithTotp,
  wrongCode as wrongCodeOf,
} from '../fixtures.ts';

const auth = await openTestAuth({ asPeer: 'accounts' });
test.after.always(() => auth.close());
const codeNow = (secret: string) => codeOf(auth, secret);
const wrongCode = (secret: string) => wrongCodeOf(auth, secret);
const withTotp = () => personWithTotp(auth);
const logIn = (username: string, totp?: string, password = PASSWORD) =>
  auth.api.post('/api/auth/login', { username, password, ...(totp === undefined ? {} : { totp }) });

test.serial(
  'a second factor is set up with a code of the app, and ten recovery codes are shown once',
  async (t) => {
    const person = await auth.person();
    const { token } = person;
    const started = await auth.api.post('/api/auth/totp', { password: PASSWORD }, { token });
    t.is(started.status, 200);
    t.regex(started.body.secret, /^[A-Z2-7]{32}$/);
    t.true(started.body.otpauth_uri.includes(started.body.secret));
    const wrong = await auth.api.post(
      '/api/auth/totp/confirm',
      { code: wrongCode(started.body.secret) },
      { token },
    );
    t.is(wrong.status, 422);
    t.is(wrong.body.code, 'invalid_totp');
    t.like((await auth.logEvents(person.id)).at(-1), {
      action: 'TOTP_ENROLMENT_FAILED',
      level: 'WARNING',
      subject: { type: 'user', id: person.id },
    });
    t.is((await logIn(person.username)).status, 200);

    const code = codeNow(started.body.secret);
    const confirmed = await auth.api.post('/api/auth/totp/confirm', { code }, { token });
    t.is(confirmed.status, 200);
    t.is(new Set(confirmed.body.recovery_codes).size, 10);
    t.true((await auth.api.get('/api/auth/profile', { token })).body.totp_enabled);
    t.is((await auth.logEvents(person.id)).at(-1)?.action, 'TOTP_ENABLED');
    const stored = [
      ...(await auth.database.db('recovery_codes')),
      ...(await auth.database.db('totp_secrets').select('secret_sealed')),
    ];
    t.false(JSON.stringify(stored).includes(started.body.secret));
    t.is(
      (await auth.api.post('/api/auth/totp', { password: PASSWORD }, { token })).body.code,
      'totp_already_enabled',
    );
  },
);

test.serial('the profile says how many recovery codes are left, to their owner only', async (t) => {
  const other = await auth.person();
  const left = async (token: string) =>
    (await auth.api.get('/api/auth/profile', { token })).body.recovery_codes_left;
  t.is(await left(other.token), null);
  const person = await withTotp();
  t.is(await left(person.token), 10);
  t.is((await logIn(person.username, person.codes[0])).status, 200);
  t.is((await logIn(person.username, person.codes[0])).status, 401);
  const signedIn = await logIn(person.username, person.codes[1]);
  t.is(await left(person.token), 8);
  t.false('recovery_codes_left' in signedIn.body.user);
  const patched = await auth.api.patch('/api/auth/profile', { first_name: 'Ana' }, { token: person.token });
  t.is(patched.body.recovery_codes_left, 8);
  await auth.api.delete('/api/auth/totp', { password: PASSWORD }, { token: person.token });
  t.is(await left(person.token), null);
});

test.serial('without a second factor every code is wrong', async (t) => {
  const { token } = await auth.person();
  t.is(
    (await auth.api.post('/api/auth/totp/confirm', { code: '123456' }, { token })).body.code,
    'invalid_totp',
  );
});

test.serial('signing in then needs a code, and each code works once', async (t) => {
  const person = await withTotp();
  t.like((await logIn(person.username)).body, { status: 401, code: 'totp_required' });
  t.like((await logIn(person.username, wrongCode(person.secret))).body, {
    status: 401,
    code: 'invalid_totp',
  });
  t.is((await logIn(person.username, codeNow(person.secret), 'wrong')).body.code, 'invalid_credentials');
  const code = codeNow(person.secret);
  const replies = await Promise.all([logIn(person.username, code), logIn(person.username, code)]);
  t.deepEqual(replies.map(({ status }) => status).sort(), [200, 401]);
  t.is((await logIn(person.username, code)).body.code, 'invalid_totp');
  auth.advance(30);
  t.is((await logIn(person.username, codeNow(person.secret))).status, 200);
});

test.serial('a recovery code works instead, once, in any spelling', async (t) => {
  const person = await withTotp();
  const [first = '', second = ''] = person.codes;
  t.is((await logIn(person.username, first)).status, 200);
  t.is((await logIn(person.username, first)).body.code, 'invalid_totp');
  t.is((await logIn(person.username, second.toLowerCase().replaceAll('-', ' '))).status, 200);
});

test.serial(
  'guessing codes is locked like guessing passwords, and the right password does not unlock it',
  async (t) => {
    const person = await withTotp();
    for (let failure = 1; failure <= 5; failure += 1) {
      t.is((await logIn(person.username)).body.code, 'totp_required');
      t.is((await logIn(person.username, wrongCode(person.secret))).body.code, 'invalid_totp');
    }
    t.is((await logIn(person.username, codeNow(person.secret))).status, 429);
  },
);

test.serial('the second factor is turned off with the password', async (t) => {
  const person = await withTotp();
  const turnOff = (password: string) =>
    auth.api.delete('/api/auth/totp', { password }, { token: person.token });
  t.is((await turnOff('wrong')).body.code, 'wrong_password');
  t.is((await turnOff(PASSWORD)).status, 204);
  t.is((await turnOff(PASSWORD)).status, 204);
  t.is((await logIn(person.username)).status, 200);
  t.is((await auth.logEvents(person.id)).filter(({ action }) => action === 'TOTP_DISABLED').length, 1);
});

test.serial('accounts can verify a code, which uses it up', async (t) => {
  const person = await withTotp();
  const plain = await auth.person();
  const verify = (user_id: string, code?: string) =>
    auth.api.post('/internal/second-factor/verify', { user_id, code });
  t.deepEqual((await verify(plain.id)).body, { enabled: false, valid: false });
  t.deepEqual((await verify(person.id)).body, { enabled: true, valid: false });
  t.deepEqual((await verify(person.id, wrongCode(person.secret))).body, { enabled: true, valid: false });
  const code = codeNow(person.secret);
  const spaced = ` ${code.slice(0, 3)} ${code.slice(3)} `;
  t.deepEqual((await verify(person.id, spaced)).body, { enabled: true, valid: true });
  t.deepEqual((await verify(person.id, codeNow(person.secret))).body, { enabled: true, valid: false });
  t.deepEqual((await verify(person.id, person.codes[0])).body, { enabled: true, valid: false });
  t.is((await verify('00000000-0000-7000-8000-000000000000')).status, 404);
});

test.serial('setting up a second factor needs the password', async (t) => {
  const { token, email } = await auth.person();
  const start = (body?: object) => auth.api.post('/api/auth/totp', body, { token });
  t.is((await start()).status, 400);
  t.is((await start({ password: 'wrong' })).body.code, 'wrong_password');
  t.is((await start({ password: PASSWORD })).status, 200);
  t.is((await auth.logEvents()).at(-1)?.action, 'TOTP_ENROLMENT_STARTED');
  t.deepEqual(await auth.mails(email ?? ''), []);
});

test.serial('turning the second factor on or off causes a mail', async (t) => {
  const person = await withTotp();
  t.is((await auth.mails(person.email ?? '')).at(-1)?.template, 'totp_enabled');
  await auth.api.delete('/api/auth/totp', { password: PASSWORD }, { token: person.token });
  t.is((await auth.mails(person.email ?? '')).at(-1)?.template, 'totp_disabled');
});

test.serial("an agent removes a member's second factor, which ends their sessions", async (t) => {
  const agent = await auth.person('agent');
  const person = await withTotp();
  const reset = (id: string, by = agent) =>
    auth.api.delete(`/api/auth/users/${id}/second-factor`, undefined, { token: by.token });
  t.is((await reset(person.id, person)).body.code, 'forbidden');
  t.is((await reset(person.id)).status, 204);
  t.is((await auth.api.get('/api/auth/profile', { token: person.token })).status, 401);
  t.is((await logIn(person.username)).status, 200);
  t.like(
    (await auth.logEvents(person.id)).findLast(({ action }) => action === 'SECOND_FACTOR_RESET'),
    {
      level: 'WARNING',
      actor: { id: agent.id },
      concerns: [person.id],
    },
  );
  t.is((await auth.mails(person.email ?? '')).at(-1)?.template, 'second_factor_reset');
  const entries = (await auth.logEvents(person.id)).length;
  t.is((await reset(person.id)).status, 204);
  t.is((await auth.logEvents(person.id)).length, entries);

  const other = await auth.person('agent');
  t.is((await reset(other.id)).status, 404);
  t.is((await reset(agent.id)).status, 403);
  t.is((await reset(other.id, await auth.person('superuser'))).status, 204);
});
