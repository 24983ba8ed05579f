import test from 'ava';
import { openTestAuth, PASSWORD } from '../fixtures.ts';
import { sweep } from '../sweep.ts';

const auth = await openTestAuth();
test.after.always(() => auth.close());

const from = (ip: string) => ({ headers: { 'x-forwarded-for': ip } });
let names = 0;
const register = (ip: string) => {
  names += 1;
  const body = { username: `person-${names}`, email: `person-${names}@example.org`, password: PASSWORD };
  return auth.api.post('/api/auth/register', body, from(ip));
};
const logIn = (username: string, password: string, ip: string) =>
  auth.api.post('/api/auth/login', { username, password }, from(ip));
const guess = (ip: string) => {
  names += 1;
  return logIn(`nobody-${names}`, 'wrong', ip);
};

/** Runs `times` requests, some at once. @returns how many had each status */
async function statuses(times: number, request: () => Promise<{ status: number }>) {
  const counts: Record<number, number> = {};
  for (let sent = 0; sent < times; sent += 10) {
    for (const { status } of await Promise.all(Array.from({ length: Math.min(10, times - sent) }, request))) {
      counts[status] = (counts[status] ?? 0) + 1;
    }
  }
  return counts;
}

test.serial('a network address may register a hundred times an hour, including taken names', async (t) => {
  const taken = { username: 'person-1', email: 'again@example.org', password: PASSWORD };
  t.deepEqual(await statuses(99, () => register('192.0.2.1')), { 201: 99 });
  t.is((await auth.api.post('/api/auth/register', taken, from('192.0.2.1'))).status, 409);
  const refused = await register('::ffff:192.0.2.1');
  t.is(refused.status, 429);
  t.is(refused.body.code, 'too_many_requests');
  t.true(Number(refused.headers['retry-after']) > 3_500);
  t.is((await register('192.0.2.2')).status, 201);
  auth.advance(3_600);
  t.is((await register('192.0.2.1')).status, 201);
});

test.serial('the addresses of an IPv6 /64 share one quota', async (t) => {
  let host = 0;
  const anyHost = () => {
    host += 1;
    return register(`2001:db8:1:2:${host.toString(16)}::${host.toString(16)}`);
  };
  t.deepEqual(await statuses(110, anyHost), { 201: 100, 429: 10 });
  t.is((await register('2001:db8:1:3::1')).status, 201);
});

test.serial('a network address may fail to sign in 300 times in 15 minutes, under any names', async (t) => {
  const user = await auth.user();
  t.is((await logIn(user.username, PASSWORD, '198.51.100.1')).status, 200);
  t.deepEqual(await statuses(320, () => guess('198.51.100.1')), { 401: 300, 429: 20 });
  const verifications = auth.verifications();
  const refused = await logIn(user.username, PASSWORD, '198.51.100.1');
  t.is(refused.status, 429);
  t.is(refused.body.code, 'too_many_requests');
  t.true(Number(refused.headers['retry-after']) > 800);
  t.is(auth.verifications(), verifications, 'no password is hashed for it');
  t.is((await logIn(user.username, PASSWORD, '198.51.100.2')).status, 200);
  auth.advance(15 * 60);
  t.is((await logIn(user.username, PASSWORD, '198.51.100.1')).status, 200);
});

test.serial(
  'a network address that uses a quota up is logged once in its time, however much is refused',
  async (t) => {
    const logged = async () =>
      (await auth.logEvents()).filter(
        ({ action, data }) => action === 'QUOTA_USED_UP' && data.ip === '198.51.100.7',
      );
    await statuses(299, () => guess('198.51.100.7'));
    t.deepEqual(await logged(), []);
    t.deepEqual(await statuses(40, () => guess('198.51.100.7')), { 401: 1, 429: 39 });
    const [entry, ...more] = await logged();
    t.deepEqual(more, []);
    t.like(entry, {
      level: 'WARNING',
      actor: null,
      subject: null,
      data: { quota: 'failed_sign_in_from_network', count: 300 },
    });
    // Some uses become free again before the time of the quota is over.
    auth.advance(14 * 60);
    await statuses(20, () => guess('198.51.100.7'));
    t.is((await logged()).length, 1);
    auth.advance(60);
    await statuses(320, () => guess('198.51.100.7'));
    t.is((await logged()).length, 2);
    await statuses(100, () => register('198.51.100.8'));
    const registered = (await auth.logEvents()).filter(
      ({ data }) => data.quota === 'registration_from_network',
    );
    t.is(registered.at(-1)?.data.count, 100);
  },
);

test.serial(
  'an email address that uses its quota up is logged once in its time, without the address',
  async (t) => {
    const email = 'often.asked@example.com';
    const ask = () =>
      auth.api.post(
        '/api/auth/password/forgot',
        { email },
        { headers: { 'x-forwarded-for': '198.51.100.9' } },
      );
    const logged = async () =>
      (await auth.logEvents()).filter(({ action }) => action === 'MAIL_QUOTA_USED_UP');
    const before = (await logged()).length;
    t.deepEqual(await statuses(4, ask), { 202: 4 });
    t.is((await logged()).length, before);
    t.deepEqual(await statuses(5, ask), { 202: 1, 429: 4 });
    const [entry, ...more] = (await logged()).slice(before);
    t.deepEqual(more, []);
    t.like(entry, {
      level: 'WARNING',
      actor: null,
      subject: null,
      data: { quota: 'mail_to_address', count: 5 },
    });
    t.false(JSON.stringify(entry).includes('often'));
  },
);

test.serial('successful sign-ins do not count', async (t) => {
  const user = await auth.user();
  t.deepEqual(await statuses(310, () => logIn(user.username, PASSWORD, '203.0.113.1')), { 200: 310 });
});

test.serial(
  'a network address over its quota does not use up the quotas of the mail addresses that it names',
  async (t) => {
    const user = await auth.user();
    const forgot = (email: string | null, ip: string) =>
      auth.api.post('/api/auth/password/forgot', { email }, from(ip));
    const anyone = () => {
      names += 1;
      return forgot(`nobody-${names}@example.org`, '192.0.2.9');
    };
    t.deepEqual(await statuses(60, anyone), { 202: 60 });
    t.deepEqual(await statuses(10, () => forgot(user.email, '192.0.2.9')), { 429: 10 });
    t.is((await forgot(user.email, '192.0.2.10')).status, 202);
    t.is((await auth.mails(user.email ?? '')).length, 1);
  },
);

test.serial('old rows are deleted', async (t) => {
  t.true((await auth.database.db('quotas')).length > 0);
  auth.advance(86_400 + 1);
  await sweep(auth.deps);
  t.deepEqual(await auth.database.db('quotas'), []);
});
