import test, { type ExecutionContext } from 'ava';
import { tokensFor } from '../testing/answers/signed-out.ts';
import { Browser, hiddenFields, locationOf } from '../testing/browser.ts';
import { buildUser } from '../testing/fixtures.ts';
import { problem } from '../testing/messages.ts';
import { startFrontend } from '../testing/start-frontend.ts';

const MINUTE = 60_000;
const LIMIT = 15 * MINUTE;
const PASSWORD = 'correct horse battery';

/** A frontend with a clock of its own, and a browser in which a user has signed in. */
async function start(t: ExecutionContext, username = 'alice', fields: Record<string, string> = {}) {
  const clock = { ms: Date.parse('2026-11-29T09:00:00Z') };
  const frontend = await startFrontend({ now: () => clock.ms });
  t.teardown(() => frontend.close());
  const browser = new Browser(frontend.url);
  await browser.submit('/login', { username, password: PASSWORD, ...fields });
  const count = (method: string, path: string) =>
    frontend.bank.requests.filter((one) => one.method === method && one.path === path).length;
  return { ...frontend, browser, clock, count };
}

const passive = { 'x-guichet-passive': 'yes' };

test('a user who has done nothing for 15 minutes is signed out, here and in auth, and comes back to the page', async (t) => {
  const { browser, clock, count } = await start(t);
  clock.ms += LIMIT - 1;
  t.is((await browser.get('/operations')).status, 200);
  clock.ms += LIMIT;
  const late = await browser.get('/operations');
  t.is(late.status, 303);
  t.is(locationOf(late), '/login?next=%2Foperations');
  t.is(late.headers['clear-site-data'], '"cache", "storage"');
  t.is(count('POST', '/api/auth/logout'), 1);
  t.regex((await browser.get('/login')).html, /You were signed out because you hadn’t done anything/);
  t.is((await browser.get('/dashboard')).status, 303);
});

test('auth ends an idle session whose token has expired meanwhile', async (t) => {
  const { browser, bank, clock, count } = await start(t);
  clock.ms += LIMIT;
  bank.answerNext('POST', '/api/auth/logout', {
    status: 401,
    body: { type: 'about:blank', title: 'Unauthenticated', status: 401, code: 'unauthenticated' },
  });
  t.is((await browser.get('/dashboard')).status, 303);
  t.is(count('POST', '/api/auth/refresh'), 1);
  t.is(count('POST', '/api/auth/logout'), 2);
});

test('while auth is down, the user is signed out all the same', async (t) => {
  const { browser, bank, clock } = await start(t);
  bank.down.add('auth');
  clock.ms += LIMIT;
  t.is(locationOf(await browser.get('/beneficiaries')), '/login?next=%2Fbeneficiaries');
  bank.down.delete('auth');
  t.is((await browser.get('/beneficiaries')).status, 303);
});

test('pages of all tabs share their activity', async (t) => {
  const { browser, clock } = await start(t);
  for (let page = 0; page < 4; page += 1) {
    clock.ms += 10 * MINUTE;
    t.is((await browser.get(page % 2 === 0 ? '/operations' : '/beneficiaries')).status, 200);
  }
});

test('what scripts load by themselves is no activity, and is refused once the user has been idle', async (t) => {
  const { browser, clock, count } = await start(t);
  await browser.get('/dashboard');
  clock.ms += 10 * MINUTE;
  t.is((await browser.get('/dashboard', passive)).status, 200);
  t.deepEqual(JSON.parse((await browser.get('/session', passive)).html), { idle_in_ms: 5 * MINUTE });
  clock.ms += 5 * MINUTE;
  for (const path of ['/dashboard', '/session']) t.is((await browser.get(path, passive)).status, 401);
  t.regex((await browser.get('/live?for=x')).html, /event: end\ndata: "signed_out"/);
  t.is(count('POST', '/api/auth/logout'), 0, 'only a page ends the session');
  t.is((await browser.get('/dashboard')).status, 303);
  t.is(count('POST', '/api/auth/logout'), 1);
});

for (const path of ['/live', '/live?active=yes', '/logs/stream']) {
  test(`the stream ${path} is no activity`, async (t) => {
    const { browser, bank, clock, count } = await start(t);
    clock.ms += LIMIT - MINUTE;
    bank.answerNext('GET', '/api/logs/stream', { status: 503, body: {} });
    await browser.get(`${path}${path.includes('?') ? '&' : '?'}for=${buildUser('alice', 'member').id}`);
    t.is(count('GET', '/api/logs/stream'), 1);
    clock.ms += MINUTE;
    t.is((await browser.get('/dashboard')).status, 303);
  });
}

test('a script can ask how long the user may stay, as an act of theirs', async (t) => {
  const { browser, clock } = await start(t);
  clock.ms += 14 * MINUTE;
  const asked = await browser.get('/session', { accept: 'application/json' });
  t.deepEqual(JSON.parse(asked.html), { idle_in_ms: LIMIT });
  clock.ms += 14 * MINUTE;
  t.is((await browser.get('/dashboard')).status, 200);
  clock.ms += LIMIT;
  t.is((await browser.get('/session', { accept: 'application/json' })).status, 401);
});

test('a form that is sent too late is kept, is not carried out, and is there after signing in again', async (t) => {
  const { browser, clock, count } = await start(t);
  const { html } = await browser.get('/deposits/new');
  clock.ms += LIMIT;
  const sent = await browser.post('/deposits/new', {
    ...hiddenFields(html, '/deposits/new'),
    amount: '123.45',
  });
  t.regex(locationOf(sent), /^\/login\?next=%2Fdeposits%2Fnew%3Fdraft%3D/);
  t.is(count('POST', '/api/operations'), 0);
  const next = decodeURIComponent(locationOf(sent).split('next=')[1] ?? '');
  t.regex((await browser.get(locationOf(sent))).html, /hadn’t done anything/);
  const back = await browser.submit(
    '/login',
    { username: 'alice', password: PASSWORD, next },
    locationOf(sent),
  );
  t.is(locationOf(back), next);
  t.regex((await browser.get(next)).html, /value="123\.45"/);
});

test('a script gives up the form that was typed into when time is up: it is kept, and never carried out', async (t) => {
  for (const isLate of [true, false]) {
    const { browser, clock, count } = await start(t);
    const { html } = await browser.get('/deposits/new');
    if (isLate) clock.ms += LIMIT;
    const typed = { ...hiddenFields(html, '/deposits/new'), amount: '123.45', password: 'typed by mistake' };
    const sent = await browser.post('/session/idle?form=%2Fdeposits%2Fnew', typed);
    t.regex(locationOf(sent), /^\/login\?next=%2Fdeposits%2Fnew%3Fdraft%3D/);
    t.is(count('POST', '/api/operations'), 0);
    t.is(count('POST', '/api/auth/logout'), 1);
    t.regex((await browser.get(locationOf(sent))).html, /hadn’t done anything/);
    // Another tab does the same a moment later.
    const again = await browser.post('/session/idle?form=%2Fdeposits%2Fnew', typed);
    t.regex(locationOf(again), /^\/login\?next=%2Fdeposits%2Fnew%3Fdraft%3D/);
  }
});

test('without scripts a page is loaded again when its user has been signed out, but not one that they may be typing into', async (t) => {
  const { browser } = await start(t);
  const refresh = /<noscript><meta http-equiv="refresh" content="905; url=\/operations"><\/noscript>/;
  t.regex((await browser.get('/operations')).html, refresh);
  t.notRegex((await browser.get('/transfers/new')).html, /content="905/);
});

test('the time of the last activity can’t be changed, left out or taken from another session', async (t) => {
  const { browser, clock } = await start(t);
  const cookie = browser.cookies.get('guichet-activity') ?? '';
  t.regex(cookie, /^\d+\.[\w-]{43}$/);
  const other = await start(t);
  clock.ms += LIMIT;
  other.clock.ms += LIMIT;
  const later = cookie.replace(/^\d+/, String(clock.ms));
  other.browser.cookies.delete('guichet-activity');
  await other.browser.submit('/login', { username: 'alice', password: PASSWORD }, '/login');
  for (const forged of [later, '', other.browser.cookies.get('guichet-activity') ?? '']) {
    const copy = new Browser(other.url);
    for (const [name, value] of browser.cookies) copy.cookies.set(name, value);
    if (forged === '') copy.cookies.delete('guichet-activity');
    else copy.cookies.set('guichet-activity', forged);
    t.is((await copy.get('/dashboard')).status, 303, forged);
  }
});

test('a customer can choose to stay signed in, and keeps the session after the browser is closed', async (t) => {
  const { browser, clock } = await start(t, 'alice', { keep: 'yes' });
  const { html } = await browser.get('/security');
  t.regex(html, /You stay signed in on this device/);
  t.notRegex(html, /data-idle-ms|http-equiv="refresh"/);
  t.deepEqual(JSON.parse((await browser.get('/session')).html), { idle_in_ms: null });
  clock.ms += 24 * 60 * MINUTE;
  t.is((await browser.get('/dashboard')).status, 200);
  const kept = new Browser((await start(t)).url);
  const signedIn = await kept.submit('/login', { username: 'alice', password: PASSWORD, keep: 'yes' });
  const [, expires = ''] = /expires=([^;]+)/i.exec(sessionCookie(signedIn.headers)) ?? [];
  const keptMinutes = (Date.parse(expires) - Date.now()) / MINUTE;
  t.true(Math.abs(keptMinutes - 14 * 24 * 60) < 5, expires);
});

test('the choice survives the second step of signing in', async (t) => {
  const { url, bank, clock } = await start(t);
  const browser = new Browser(url);
  const body = { ...problem(401, 'totp_required'), sign_in: 'ticket' };
  bank.answerNext('POST', '/api/auth/login', { status: 401, body });
  const asked = await browser.submit('/login', { username: 'alice', password: PASSWORD, keep: 'yes' });
  const page = await browser.follow(asked);
  const action = (/action="(\/login\/code[^"]+)"/.exec(page.html)?.[1] ?? '').replaceAll('&amp;', '&');
  const pair = tokensFor(buildUser('alice', 'member'));
  bank.answerNext('POST', '/api/auth/login/second-factor', { status: 200, body: pair });
  await browser.post(action, { ...hiddenFields(page.html, action), totp: '123456' });
  clock.ms += LIMIT;
  t.is((await browser.get('/dashboard')).status, 200);
});

for (const username of ['bruno', 'root']) {
  test(`the choice to stay signed in is ignored for ${username}, who is staff`, async (t) => {
    const { browser, clock, url } = await start(t, username, { keep: 'yes' });
    t.regex((await browser.get('/security')).html, /You’re signed out after 15 minutes/);
    clock.ms += LIMIT;
    t.is((await browser.get('/security')).status, 303);
    const signedIn = await new Browser(url).submit('/login', { username, password: PASSWORD, keep: 'yes' });
    t.notRegex(sessionCookie(signedIn.headers), /max-age|expires/i);
  });
}

test('without the choice, the session cookie goes with the browser', async (t) => {
  const { url } = await start(t);
  const signedIn = await new Browser(url).submit('/login', { username: 'alice', password: PASSWORD });
  t.notRegex(sessionCookie(signedIn.headers), /max-age|expires/i);
});

test('signing in on a page that was left open too long works, and public pages can be read', async (t) => {
  const { browser, clock } = await start(t);
  clock.ms += LIMIT;
  const front = await browser.get('/');
  t.is(front.status, 200);
  t.regex(front.html, /hadn’t done anything/);
  t.regex(front.html, /href="\/login"/);
  await browser.signIn('alice');
  t.is((await browser.get('/dashboard')).status, 200);
});

const sessionCookie = (headers: Record<string, string | string[] | undefined>): string =>
  [headers['set-cookie'] ?? []].flat().find((line) => line.startsWith('guichet=')) ?? '';
