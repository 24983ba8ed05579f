import test, { type ExecutionContext } from 'ava';
import { newSessionFor } from '../../testing/answers/signed-out.ts';
import { Browser, type PageResponse } from '../../testing/browser.ts';
import { buildUser } from '../../testing/fixtures.ts';
import { problem } from '../../testing/messages.ts';
import { startFrontend } from '../../testing/start-frontend.ts';

const PASSWORD = 'correct horse battery';

async function start(t: ExecutionContext, publicUrl?: string) {
  const frontend = await startFrontend(publicUrl === undefined ? {} : { publicUrl });
  t.teardown(() => frontend.close());
  const browser = new Browser(frontend.url, 'en', publicUrl);
  const sent = () =>
    frontend.bank.requests.flatMap(({ path, body }) =>
      path === '/api/auth/login' ? [(body as { device_token: string | null }).device_token] : [],
    );
  return {
    ...frontend,
    browser,
    sent,
    async signInAs(username: string): Promise<PageResponse> {
      const answer = await browser.submit('/login', { username, password: PASSWORD });
      if (answer.status === 303) await browser.submit('/logout', {}, '/profile');
      return answer;
    },
  };
}

const cookiesOf = ({ headers }: PageResponse) =>
  [headers['set-cookie'] ?? []].flat().filter((line) => line.includes('-device-'));

test('a sign-in leaves a token, which the next one on this browser sends, also after signing out', async (t) => {
  const { signInAs, sent } = await start(t);
  const [cookie = '', ...more] = cookiesOf(await signInAs('alice'));
  t.deepEqual(more, []);
  for (const attribute of [/^guichet-device-/, /; path=\/login(;|$)/, /; httponly/i, /; samesite=lax/i])
    t.regex(cookie, attribute);
  const expires = new Date(/; expires=([^;]+)/i.exec(cookie)?.[1] ?? '').getTime() - Date.now();
  t.true(Math.abs(expires / 86_400_000 - 365) < 1);
  t.notRegex(cookie, /alice|device-of/);
  await signInAs('alice');
  await signInAs(' ALICE');
  await signInAs('alice@example.org');
  t.deepEqual(sent(), [null, 'device-of-alice', 'device-of-alice', 'device-of-alice']);
});

test('each user of a browser sends their own token, up to four', async (t) => {
  const { browser, bank, signInAs, sent } = await start(t);
  const users = ['alice', 'bruno', 'carol', 'david', 'erin'];
  for (const name of users) {
    const body = newSessionFor(buildUser(name, 'member'));
    bank.answerNext('POST', '/api/auth/login', { status: 200, body });
    await signInAs(name);
  }
  t.deepEqual(sent(), [null, null, null, null, null]);
  t.is([...browser.cookies.keys()].filter((name) => name.includes('-device-')).length, 4);
  for (const name of users) {
    bank.answerNext('POST', '/api/auth/login', { status: 401, body: problem(401, 'invalid_credentials') });
    await browser.submit('/login', { username: name, password: 'wrong' });
  }
  t.deepEqual(sent().slice(5), [null, ...users.slice(1).map((name) => `device-of-${name}`)]);
});

test('a sign-in in two steps leaves a token, and a refused one leaves none', async (t) => {
  const { browser, bank, sent } = await start(t);
  const asked = { ...problem(401, 'totp_required'), sign_in: 'a-ticket' };
  bank.answerNext('POST', '/api/auth/login', { status: 401, body: asked });
  const step = await browser.submit('/login', { username: 'alice', password: PASSWORD });
  t.deepEqual(cookiesOf(step), []);
  const page = await browser.follow(step);
  const body = newSessionFor(buildUser('alice', 'member'));
  bank.answerNext('POST', '/api/auth/login/second-factor', { status: 200, body });
  const action = /action="(\/login\/code[^"]*)"/.exec(page.html)?.[1]?.replaceAll('&amp;', '&') ?? '';
  t.is(cookiesOf(await browser.submit(action, { totp: '123456' })).length, 1);
  await browser.submit('/logout', {}, '/profile');
  await browser.submit('/login', { username: 'alice', password: PASSWORD });
  t.deepEqual(sent(), [null, 'device-of-alice']);
});

test('over HTTPS the cookie is secure', async (t) => {
  const { signInAs } = await start(t, 'https://bank.example');
  const [cookie = ''] = cookiesOf(await signInAs('alice'));
  t.regex(cookie, /^__Secure-guichet-device-/);
  t.regex(cookie, /; secure/i);
});

test('a token that was changed, or moved to another cookie, is not sent', async (t) => {
  const { browser, signInAs, sent } = await start(t);
  await signInAs('alice');
  const [[name = '', sealed = ''] = []] = [...browser.cookies].filter(([one]) => one.includes('-device-'));
  browser.cookies.delete(name);
  browser.cookies.set('guichet-device-AAAAAAAAAAAA', sealed);
  await signInAs('alice');
  browser.cookies.set(name, `${sealed.slice(0, -2)}xx`);
  await signInAs('alice');
  t.deepEqual(sent(), [null, null, null]);
});
