import { randomUUID } from 'node:crypto';
import test from 'ava';
import { tokensFor } from '../testing/answers/signed-out.ts';
import { Browser } from '../testing/browser.ts';
import { buildUser } from '../testing/fixtures.ts';
import { problem } from '../testing/messages.ts';
import { type RunningFrontend, startFrontend } from '../testing/start-frontend.ts';

// Each test has its own bank because it plans the answers of the services.
async function frontendFor(t: { teardown: (close: () => Promise<void>) => void }, publicUrl?: string) {
  const frontend = await startFrontend(publicUrl === undefined ? {} : { publicUrl });
  t.teardown(() => frontend.close());
  return frontend;
}

const alice = buildUser('alice', 'member');
const requestCount = (frontend: RunningFrontend, path: string) =>
  frontend.bank.requests.filter((request) => request.path === path).length;

/** Signs in with tokens that expire in `seconds`. */
async function signInFor(frontend: RunningFrontend, seconds: number): Promise<Browser> {
  // Renewals are shared by refresh token, and tests run concurrently.
  const pair = { ...tokensFor(alice), expires_in: seconds, refresh_token: `refresh-${randomUUID()}-alice` };
  frontend.bank.answerNext('POST', '/api/auth/login', { status: 200, body: pair });
  const browser = new Browser(frontend.url);
  await browser.signIn('alice');
  return browser;
}

test('the cookie is sealed and hidden from scripts', async (t) => {
  const frontend = await frontendFor(t);
  const browser = new Browser(frontend.url);
  const page = await browser.submit('/login', { username: 'alice', password: 'correct horse battery' });
  const cookie = [page.headers['set-cookie'] ?? []].flat().find((one) => one.startsWith('guichet=')) ?? '';
  t.regex(cookie, /^guichet=Fe26\.2\*/);
  t.regex(cookie, /HttpOnly/i);
  t.regex(cookie, /SameSite=Lax/i);
  t.false(cookie.includes('access-member'));
  t.true(cookie.length < 4096);
});

test('on HTTPS the cookie has the __Host- prefix and HSTS is sent', async (t) => {
  const frontend = await frontendFor(t, 'https://bank.example');
  const page = await new Browser(frontend.url).get('/login');
  t.regex(String(page.headers['set-cookie']), /^__Host-guichet=.*Path=\/.*Secure/i);
  t.truthy(page.headers['strict-transport-security']);
});

test('a form without the session’s CSRF token is refused', async (t) => {
  const frontend = await frontendFor(t);
  const browser = new Browser(frontend.url);
  await browser.signIn('alice');
  for (const fields of [{}, { _csrf: '' }, { _csrf: 'guessed' }]) {
    const page = await browser.post('/deposits/new', { ...fields, amount: '1' });
    t.is(page.status, 403);
    t.regex(page.html, /out of date/);
  }
  t.is(requestCount(frontend, '/api/operations'), 0);
});

test('a cross-site form is refused even with the CSRF token', async (t) => {
  const frontend = await frontendFor(t);
  const browser = new Browser(frontend.url);
  await browser.signIn('alice');
  const page = await browser.get('/deposits/new');
  const token = /name="_csrf" value="([^"]+)"/.exec(page.html)?.[1] ?? '';
  const sent = await browser.post(
    '/language',
    { _csrf: token, language: 'fr' },
    { 'sec-fetch-site': 'cross-site' },
  );
  t.is(sent.status, 403);
  const own = await browser.post(
    '/language',
    { _csrf: token, language: 'fr' },
    { 'sec-fetch-site': 'same-origin' },
  );
  t.is(own.status, 303);
});

test('a form needs the origin of the bank, and none is not enough', async (t) => {
  for (const [publicUrl, origins] of [
    ['http://localhost', { own: null, refused: ['null', 'http://evil.example', 'https://localhost', ''] }],
    ['https://bank.example', { own: 'https://bank.example', refused: ['http://bank.example', '', 'null'] }],
  ] as const) {
    const frontend = await startFrontend({ publicUrl });
    t.teardown(() => frontend.close());
    const browser = new Browser(frontend.url);
    const own = origins.own ?? frontend.url;
    const page = await browser.get('/login');
    const _csrf = /name="_csrf" value="([^"]+)"/.exec(page.html)?.[1] ?? '';
    const send = (origin: string) => browser.post('/language', { _csrf, language: 'fr' }, { origin });
    for (const origin of origins.refused) t.is((await send(origin)).status, 403, `${publicUrl} ${origin}`);
    t.is((await send(own)).status, 303);
  }
});

test('signing out clears what the browser stored, except the language', async (t) => {
  const frontend = await frontendFor(t);
  const browser = new Browser(frontend.url);
  await browser.signIn('alice');
  await browser.submit('/language', { language: 'fr' }, '/profile');
  const signedOut = await browser.submit('/logout', {}, '/profile');
  t.is(signedOut.headers['clear-site-data'], '"cache", "storage"');
  t.deepEqual([...browser.cookies.keys()].includes('guichet-language'), true);
});

test('a CSRF token from before sign-in is refused after it', async (t) => {
  const frontend = await frontendFor(t);
  const browser = new Browser(frontend.url);
  const before = /name="_csrf" value="([^"]+)"/.exec((await browser.get('/login')).html)?.[1] ?? '';
  await browser.signIn('alice');
  t.is((await browser.post('/logout', { _csrf: before })).status, 403);
});

test('the session cookie does not authenticate API requests', async (t) => {
  const frontend = await frontendFor(t);
  const browser = new Browser(frontend.url);
  await browser.signIn('alice');
  t.is((await browser.get('/api/accounts')).status, 401);
  t.is(frontend.bank.requests.at(-1)?.headers.cookie, undefined);
});

test('tokens are renewed before they expire, once for concurrent requests', async (t) => {
  const frontend = await frontendFor(t);
  const browser = await signInFor(frontend, 30);
  const pages = await Promise.all(
    ['/dashboard', '/operations', '/beneficiaries'].map((path) => browser.get(path)),
  );
  t.deepEqual(
    pages.map(({ status }) => status),
    [200, 200, 200],
  );
  t.is(requestCount(frontend, '/api/auth/refresh'), 1);
  await browser.get('/dashboard');
  t.is(requestCount(frontend, '/api/auth/refresh'), 1, 'the new tokens are in the cookie');
});

test('a renewal whose answer is lost is sent again at once, before the used token counts as stolen', async (t) => {
  const frontend = await frontendFor(t);
  const browser = await signInFor(frontend, 30);
  frontend.bank.cutNext('POST', '/api/auth/refresh');
  t.is((await browser.get('/beneficiaries')).status, 200);
  const [first, again] = frontend.bank.requests.filter(({ path }) => path === '/api/auth/refresh');
  t.deepEqual(again?.body, first?.body);
  await browser.get('/beneficiaries');
  t.is(requestCount(frontend, '/api/auth/refresh'), 2, 'the new tokens are in the cookie');
});

test('a renewal that gets no answer is sent again after three seconds', async (t) => {
  const frontend = await frontendFor(t);
  const browser = await signInFor(frontend, 30);
  frontend.bank.delayNext('POST', '/api/auth/refresh', 9_000);
  const began = performance.now();
  t.is((await browser.get('/beneficiaries')).status, 200);
  t.is(requestCount(frontend, '/api/auth/refresh'), 2);
  t.true(performance.now() - began < 9_000, 'not only when the first is answered');
});

test('a rejected token is renewed once and the page is rendered', async (t) => {
  const frontend = await frontendFor(t);
  const browser = await signInFor(frontend, 600);
  frontend.bank.answerNext('GET', '/api/beneficiaries', {
    status: 401,
    body: problem(401, 'unauthenticated'),
  });
  t.is((await browser.get('/beneficiaries')).status, 200);
  t.is(requestCount(frontend, '/api/auth/refresh'), 1);
});

test('after the session has ended, signing in leads back to the page', async (t) => {
  const frontend = await frontendFor(t);
  const browser = await signInFor(frontend, 30);
  frontend.bank.answerNext('POST', '/api/auth/refresh', {
    status: 401,
    body: problem(401, 'invalid_refresh_token'),
  });
  const sent = await browser.get('/operations');
  t.is(sent.headers.location, '/login?next=%2Foperations');
  t.regex((await browser.get('/login')).html, /session has ended/);
  t.is((await browser.get('/dashboard')).status, 303, 'the user is signed out');
});

test('while auth is down, an unexpired token still works', async (t) => {
  const frontend = await frontendFor(t);
  const browser = await signInFor(frontend, 30);
  frontend.bank.answerNext('POST', '/api/auth/refresh', { status: 503, body: problem(503, 'unavailable') });
  t.is((await browser.get('/beneficiaries')).status, 200);
});

test('signing out also ends the session in auth', async (t) => {
  const frontend = await frontendFor(t);
  const browser = new Browser(frontend.url);
  await browser.signIn('alice');
  const out = await browser.submit('/logout', {}, '/dashboard');
  t.is(out.headers.location, '/');
  t.is(requestCount(frontend, '/api/auth/logout'), 1);
  t.is((await browser.get('/dashboard')).status, 303);
});

test('a notice is shown once', async (t) => {
  const frontend = await frontendFor(t);
  const browser = new Browser(frontend.url);
  await browser.signIn('alice');
  await browser.submit('/profile', { first_name: 'Alix', last_name: '', language: 'en' });
  t.regex((await browser.get('/profile')).html, /Saved\./);
  t.notRegex((await browser.get('/profile')).html, /Saved\./);
});
