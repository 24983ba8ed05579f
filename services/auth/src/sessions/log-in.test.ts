import { scopesOf } from '@guichet/contract';
import test from 'ava';
import { openTestAuth, PASSWORD } from '../fixtures.ts';
import { createPasswordHasher } from '../passwords/hasher.ts';

const auth = await openTestAuth();
test.after.always(() => auth.close());
const logIn = (username: string, password = PASSWORD, headers = {}) =>
  auth.api.post('/api/auth/login', { username, password }, { headers });

test.serial('a user signs in with their username or email address, in upper or lower case', async (t) => {
  const user = await auth.user({ username: 'rosalind', email: 'Rosalind@example.org' });
  for (const name of ['rosalind', 'ROSALIND', 'rosalind@EXAMPLE.org']) {
    const { status, body } = await logIn(name);
    t.is(status, 200, name);
    t.like(body, { token_type: 'Bearer', expires_in: 600, user: { id: user.id, username: 'rosalind' } });
    t.is(body.scope, scopesOf('member').join(' '));
    t.regex(body.refresh_token, /^[A-Za-z0-9_-]{43}$/);
    const claims = JSON.parse(Buffer.from(body.access_token.split('.')[1], 'base64url').toString());
    t.like(claims, { iss: 'guichet-auth', aud: 'guichet', sub: user.id, role: 'member', scope: body.scope });
    t.is(claims.exp - claims.iat, 600);
  }
  const entries = (await auth.logEvents(user.id)).filter(({ action }) => action === 'LOGIN');
  t.is(entries.length, 3);
  t.is(entries[0]?.actor?.id, user.id);
});

test.serial('an unknown name and a wrong password get the same response after the same work', async (t) => {
  const user = await auth.user();
  const before = auth.verifications();
  const wrong = await logIn(user.username, 'not-the-password');
  const unknown = await logIn('nobody-of-that-name', 'not-the-password');
  const invited = await logIn((await auth.user({ role: 'agent', password: null })).username);
  t.is(auth.verifications() - before, 3);
  for (const { status, body } of [wrong, unknown, invited]) {
    t.is(status, 401);
    t.is(body.code, 'invalid_credentials');
    t.deepEqual({ ...body, correlation_id: '' }, { ...wrong.body, correlation_id: '' });
  }
  const [failed] = (await auth.logEvents(user.id)).filter(({ action }) => action === 'LOGIN_FAILED');
  t.like(failed, {
    level: 'WARNING',
    actor: null,
    concerns: [user.id],
    subject: { type: 'user', id: user.id },
  });
});

test.serial('the reason why a user may not sign in is given only after the right password', async (t) => {
  for (const [status, code] of [
    ['pending', 'account_pending'],
    ['rejected', 'account_rejected'],
    ['deactivated', 'account_deactivated'],
  ] as const) {
    const user = await auth.user({ status });
    const right = await logIn(user.username);
    t.is(right.status, 403);
    t.is(right.body.code, code);
    t.is((await logIn(user.username, 'not-the-password')).body.code, 'invalid_credentials');
  }
});

test.serial(
  'five failures in a row lock a name, known or not, for a growing time; the right password does not unlock it',
  async (t) => {
    const known = await auth.user();
    for (const name of [known.username, 'unknown-person']) {
      for (let failure = 1; failure <= 5; failure += 1) t.is((await logIn(name, 'wrong')).status, 401);
      const sixth = await logIn(name);
      t.is(sixth.status, 429);
      t.is(sixth.body.code, 'too_many_attempts');
      t.is(sixth.headers['retry-after'], '30');
      auth.advance(29);
      t.is((await logIn(name, 'wrong')).headers['retry-after'], '1');
      auth.advance(1);
      t.is((await logIn(name, 'wrong')).status, 401);
      t.is((await logIn(name)).headers['retry-after'], '60');
      for (const seconds of [60, 120, 240, 480]) {
        auth.advance(seconds);
        t.is((await logIn(name, 'wrong')).status, 401);
      }
      t.is((await logIn(name)).headers['retry-after'], '900');
      auth.advance(900);
    }
    t.is((await logIn(known.username)).status, 200);
  },
);

test.serial('every spelling of a name shares one lock, and so do username and email', async (t) => {
  const known = await auth.user({ username: 'ann.lee', email: 'ann@bücher.example' });
  for (const spellings of [
    ['ann.lee', 'ann.lee ', ' ANN.Lee\u00a0', 'ann@bücher.example', 'ANN@XN--BCHER-KVA.example'],
    ['ghost', 'ghost ', 'ghost  ', '\tGHOST', 'Ghost'],
    [
      'ghost@example.org',
      'ghost@example.org ',
      'GHOST@example.org',
      'Ghost@Example.ORG',
      'ghost@EXAMPLE.org',
    ],
    ['no such form', 'no such form ', 'NO SUCH FORM', 'no such form\n', 'No Such Form'],
  ]) {
    for (const name of spellings) t.is((await logIn(name, 'wrong')).status, 401, name);
    for (const name of spellings) t.is((await logIn(name)).body.code, 'too_many_attempts', name);
  }
  auth.advance(30);
  t.is((await logIn(known.username)).status, 200);
});

test.serial('a name that only resembles a username or an address does not sign in', async (t) => {
  await auth.user({ username: 'mark', email: 'mark@example.org' });
  for (const name of [
    'mar\u212A',
    'mаrk',
    'mark\u0000',
    'mark.',
    'ｍark',
    'mark@example.org.',
    'márk',
    'mark@exаmple.org',
  ]) {
    t.is((await logIn(name)).body.code, 'invalid_credentials', JSON.stringify(name));
  }
});

test.serial('the database distinguishes names by every character, including trailing spaces', async (t) => {
  const user = await auth.user({ username: 'exact', email: 'exact@example.org' });
  const users = auth.database.db('users');
  for (const [column, value] of [
    ['username', 'exact'],
    ['email_key', 'exact@example.org'],
  ] as const) {
    const found = (text: string) => users.clone().where(column, text).pluck('id');
    t.deepEqual(await found(value), [user.id]);
    for (const other of [`${value} `, value.toUpperCase(), value.replace('e', 'é')]) {
      t.deepEqual(await found(other), [], JSON.stringify(other));
    }
  }
});

test.serial('a success clears earlier failures', async (t) => {
  const user = await auth.user();
  for (let round = 0; round < 3; round += 1) {
    for (let failure = 1; failure <= 4; failure += 1) t.is((await logIn(user.username, 'wrong')).status, 401);
    t.is((await logIn(user.username)).status, 200);
  }
});

test.serial('of many concurrent guesses, five are answered', async (t) => {
  const user = await auth.user();
  const replies = await Promise.all(Array.from({ length: 20 }, (_, n) => logIn(user.username, `guess-${n}`)));
  t.is(replies.filter(({ status }) => status === 401).length, 5);
  t.is(replies.filter(({ status }) => status === 429).length, 15);
});

test.serial('many concurrent sign-ins with the right password all succeed', async (t) => {
  const user = await auth.user();
  const replies = await Promise.all(Array.from({ length: 12 }, () => logIn(user.username)));
  t.true(replies.every(({ status }) => status === 200));
});

test.serial('a new browser or network causes a mail, except at the first sign-in', async (t) => {
  const user = await auth.user();
  const from = (agent: string, ip: string) =>
    logIn(user.username, PASSWORD, { 'user-agent': agent, 'x-forwarded-for': ip });
  await from('Firefox', '203.0.113.1');
  await from('Firefox', '203.0.113.200');
  t.is((await auth.mails(user.email ?? '')).length, 0);
  await from('Chrome', '203.0.113.1');
  await from('Firefox', '198.51.100.1');
  const mails = await auth.mails(user.email ?? '');
  t.deepEqual(
    mails.map(({ template }) => template),
    ['new_device', 'new_device'],
  );
  t.like(mails[1]?.data, { ip: '198.51.100.1', user_agent: 'Firefox' });
});

test.serial('a password hashed at a lower cost is hashed again at the next sign-in', async (t) => {
  const user = await auth.user();
  const users = auth.database.db('users').where({ id: user.id });
  const storedHash = async (): Promise<string> => (await users.clone().first('password_hash')).password_hash;
  const hashedAt = (memoryKib: number) =>
    createPasswordHasher(1, { memoryKib, passes: 1, parallelism: 1 }).hash(PASSWORD);
  const dated = await hashedAt(32);
  await users.clone().update({ password_hash: dated });

  t.is((await logIn(user.username, 'wrong')).status, 401);
  t.is(await storedHash(), dated, 'a wrong password changes nothing');
  t.is((await logIn(user.username)).status, 200);
  const renewed = await storedHash();
  t.true(renewed.startsWith('$argon2id$v=19$m=64,t=1,p=1$'), renewed);
  t.true(await auth.deps.hasher.verify(PASSWORD, renewed));
  t.is((await logIn(user.username)).status, 200);
  t.is(await storedHash(), renewed, 'a hash of the current cost stays');

  const costlier = await hashedAt(128);
  await users.clone().update({ password_hash: costlier });
  t.is((await logIn(user.username)).status, 200);
  t.is(await storedHash(), costlier, 'a cost is never lowered');
});
