import { hostname } from 'node:os';
import test from 'ava';
import { codeNow, openTestAuth, PASSWORD, type Person } from '../fixtures.ts';
import { addPasskey } from '../passkeys/software-authenticator.fixture.ts';
import { resetSuperuser } from './reset-superuser.ts';

const auth = await openTestAuth({ policy: { requireTotpForStaff: true } });
test.after.always(() => auth.close());
const NEW_PASSWORD = 'parsnips-every-thursday';
const tokenIn = (link: string) => new URL(link).searchParams.get('token') ?? '';
const recover = (link: string) =>
  auth.api.post('/api/auth/password/recover', { token: tokenIn(link), new_password: NEW_PASSWORD });

async function enrolled(): Promise<Person & { secret: string; codes: string[] }> {
  const person = await auth.person('superuser');
  const { secret } = (await auth.api.post('/api/auth/totp', { password: PASSWORD }, person)).body;
  const code = codeNow(auth, secret);
  const { recovery_codes: codes } = (await auth.api.post('/api/auth/totp/confirm', { code }, person)).body;
  return { ...person, secret, codes };
}

test.serial(
  'after a reset nothing of before signs in, and the link leads to a session that can only set up a factor',
  async (t) => {
    const person = await enrolled();
    await addPasskey(auth, person.token);
    const wanted = { name: 'ci', scopes: ['profile'], expires_in_days: 1, password: PASSWORD };
    const api = (await auth.api.post('/api/auth/tokens', wanted, person)).body.token;
    await auth.api.post('/api/auth/password/forgot', { email: person.email });
    const mailed = (await auth.mails(person.email ?? '')).at(-1);
    // The superuser has locked themselves out, too.
    for (let attempt = 0; attempt < 6; attempt += 1)
      await auth.api.post('/api/auth/login', { username: person.username, password: 'wrong' });

    const { link } = await resetSuperuser(auth.deps, person.username.toUpperCase());
    t.regex(link, /^https:\/\/bank\.example\/recover\?token=/);
    for (const token of [person.token, api])
      t.is((await auth.api.get('/api/auth/profile', { token })).status, 401);
    t.is((await auth.api.post('/api/auth/refresh', { refresh_token: person.refreshToken })).status, 401);
    auth.advance(60);
    for (const totp of [undefined, codeNow(auth, person.secret), person.codes[0]]) {
      const body = { username: person.username, password: PASSWORD, ...(totp === undefined ? {} : { totp }) };
      t.is((await auth.api.post('/api/auth/login', body)).body.code, 'invalid_credentials');
    }
    // A passkey that is left signs in by itself, and a secret that is left could be confirmed again.
    for (const table of ['passkeys', 'totp_secrets', 'recovery_codes', 'trusted_devices'])
      t.deepEqual(await auth.database.db(table).where({ user_id: person.id }), [], table);
    t.is((await recover(String(mailed?.data.link))).body.code, 'invalid_link');
    t.is((await auth.mails(person.email ?? '')).at(-1)?.template, 'access_reset');

    t.is((await recover(link)).status, 204);
    t.is((await recover(link)).body.code, 'invalid_link', 'the link works once');
    const signedIn = await auth.signIn(person, { password: NEW_PASSWORD });
    const { access_token: token } = signedIn;
    t.deepEqual((await auth.api.get('/api/auth/users/validate-token', { token })).body.scopes, ['profile']);
    const setup = await auth.api.post('/api/auth/totp', { password: NEW_PASSWORD }, { token });
    t.is(setup.status, 200);
  },
);

test.serial('a reset is in the audit log with the operator, and the link is not', async (t) => {
  const person = await enrolled();
  const { link } = await resetSuperuser(auth.deps, person.username);
  const entry = (await auth.logEvents(person.id)).findLast(({ action }) => action === 'ADMIN_COMMAND');
  t.like(entry, {
    level: 'WARNING',
    actor: null,
    subject: { type: 'user', id: person.id },
    data: { command: 'reset-superuser', host: hostname() },
  });
  t.is(typeof entry?.data.operator, 'string');
  const written = await auth.database.db('outbox').select('payload');
  t.false(JSON.stringify(written).includes(tokenIn(link)));
  t.false(JSON.stringify(await auth.database.db('mailed_links')).includes(tokenIn(link)));
});

test.serial('the link ends after 30 minutes, and a second reset ends the first one', async (t) => {
  const person = await enrolled();
  const first = await resetSuperuser(auth.deps, person.username);
  const second = await resetSuperuser(auth.deps, person.username);
  t.is((await recover(first.link)).body.code, 'invalid_link');
  auth.advance(30 * 60 + 1);
  t.is((await recover(second.link)).body.code, 'invalid_link');
});

test.serial('a link that an operator gave does not confirm the email address', async (t) => {
  const user = await auth.user({ role: 'superuser', emailConfirmed: false });
  const { link } = await resetSuperuser(auth.deps, user.username);
  t.is((await recover(link)).status, 204);
  const [row] = await auth.database.db('users').where({ id: user.id });
  t.is(row.email_confirmed, 0);
});

test.serial('only a superuser who may sign in is reset', async (t) => {
  const [agent, member] = [await auth.user({ role: 'agent' }), await auth.user()];
  const deactivated = await auth.user({ role: 'superuser', status: 'deactivated' });
  const before = (await auth.logEvents()).length;
  await t.throwsAsync(resetSuperuser(auth.deps, 'no-such-user'), {
    message: 'no user is named no-such-user',
  });
  for (const { username } of [agent, member])
    await t.throwsAsync(resetSuperuser(auth.deps, username), { message: `${username} is not a superuser` });
  await t.throwsAsync(resetSuperuser(auth.deps, deactivated.username), {
    message: /is deactivated; another/,
  });
  t.is((await auth.logEvents()).length, before);
  t.truthy(await auth.signIn(agent));
});
