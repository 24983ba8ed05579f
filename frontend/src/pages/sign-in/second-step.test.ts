import test, { type ExecutionContext } from 'ava';
import { newSessionFor } from '../../testing/answers/signed-out.ts';
import { Browser, hiddenFields, locationOf, type PageResponse } from '../../testing/browser.ts';
import { buildUser } from '../../testing/fixtures.ts';
import { problem } from '../../testing/messages.ts';
import { startFrontend } from '../../testing/start-frontend.ts';

const PASSWORD = 'correct horse battery';
const TICKET = 'the-ticket-of-this-sign-in';
const SECOND_STEP = '/api/auth/login/second-factor';

async function start(t: ExecutionContext) {
  const frontend = await startFrontend();
  t.teardown(() => frontend.close());
  const { bank } = frontend;
  const refused = (code: string) => ({ status: 401, body: problem(401, code) });
  return {
    ...frontend,
    browser: new Browser(frontend.url),
    /** Sends the password of a user with a second factor. */
    async askedForCode(browser: Browser, path = '/login'): Promise<PageResponse> {
      const body = { ...problem(401, 'totp_required'), sign_in: TICKET };
      bank.answerNext('POST', '/api/auth/login', { status: 401, body });
      return browser.submit('/login', { username: 'alice', password: PASSWORD }, path);
    },
    accepted: () =>
      bank.answerNext('POST', SECOND_STEP, {
        status: 200,
        body: newSessionFor(buildUser('alice', 'member')),
      }),
    refused: (code: string) => bank.answerNext('POST', SECOND_STEP, refused(code)),
    locked: () =>
      bank.answerNext('POST', SECOND_STEP, { status: 429, body: problem(429, 'too_many_attempts') }),
    sent: () => bank.requests.flatMap(({ path, body }) => (path === SECOND_STEP ? [body] : [])),
  };
}

const sealed = (browser: Browser) => [...browser.cookies.keys()].filter((name) => name.includes('-sign-in-'));
/** Sends the form of the page at `path`. */
async function send(browser: Browser, path: string, totp: string): Promise<PageResponse> {
  const { html } = await browser.get(path);
  const action = /<form[^>]*method="post" action="(\/login\/code[^"]*)"/.exec(html)?.[1] ?? '';
  const address = action.replaceAll('&amp;', '&');
  return browser.post(address, { ...hiddenFields(html, address), totp });
}

test('the password is asked for first, and the code on a page of its own', async (t) => {
  const { browser, askedForCode, accepted, sent } = await start(t);
  t.notRegex((await browser.get('/login')).html, /name="totp"/);
  const asked = await askedForCode(browser, '/login?next=/operations');
  t.is(asked.status, 303);
  const path = locationOf(asked);
  t.regex(path, /^\/login\/code\?sign_in=[\w-]{12}&next=%2Foperations$/);
  const cookie = [asked.headers['set-cookie'] ?? []].flat().find((line) => line.includes('-sign-in-')) ?? '';
  for (const attribute of [/; path=\/login(;|$)/, /; httponly/i, /; samesite=lax/i])
    t.regex(cookie, attribute);
  t.false(JSON.stringify(asked).includes(TICKET));

  for (let load = 0; load < 2; load += 1) {
    const page = await browser.get(path);
    t.is(page.status, 200);
    t.regex(page.html, /name="totp"[^>]*autocomplete="one-time-code"[^>]*inputmode="numeric"/);
    t.notRegex(page.html, /name="password"|name="username"|role="alert"/);
    t.false(page.html.includes(TICKET) || page.html.includes(PASSWORD));
    t.is(page.headers['cache-control'], 'no-store');
  }
  accepted();
  const done = await send(browser, path, '123 456');
  t.is(locationOf(done), '/operations');
  t.deepEqual(sent(), [{ sign_in: TICKET, totp: '123456' }]);
  t.deepEqual(sealed(browser), [], 'the ticket is gone');
  t.is((await browser.get('/dashboard')).status, 200);
  t.is(locationOf(await browser.get(path)), '/operations', 'the back button leads on');
});

test('a wrong code is asked for again, on the same page', async (t) => {
  const { browser, askedForCode, refused, locked, accepted, sent } = await start(t);
  const path = locationOf(await askedForCode(browser));
  refused('invalid_totp');
  const wrong = await browser.follow(await send(browser, path, '111111'));
  t.regex(wrong.html, /id="f-totp-error"/);
  t.notRegex(wrong.html, /111111/);
  t.regex((await browser.follow(await send(browser, path, ' '))).html, /id="f-totp-error"/);
  locked();
  t.regex((await browser.follow(await send(browser, path, '222222'))).html, /Too many failed attempts/);
  accepted();
  t.is(locationOf(await send(browser, path, '333333')), '/dashboard');
  t.is(sent().length, 3);
});

test('a recovery code is another choice, without scripts', async (t) => {
  const { browser, askedForCode, accepted, refused, sent } = await start(t);
  const path = locationOf(await askedForCode(browser, '/login?next=/operations'));
  const link =
    /href="(\/login\/code[^"]*)">Use a recovery code</.exec((await browser.get(path)).html)?.[1] ?? '';
  const other = link.replaceAll('&amp;', '&');
  const page = await browser.get(other);
  t.regex(page.html, /<label[^>]*>Recovery code</);
  t.notRegex(page.html, /one-time-code|inputmode="numeric"/);
  t.regex(page.html, /Use a code from your app/);
  refused('invalid_totp');
  const wrong = await browser.follow(await send(browser, other, 'AAAA-BBBB'));
  t.regex(wrong.html, /<label[^>]*>Recovery code</, 'the choice stays');
  t.regex(wrong.html, /This code is incorrect or has already been used\.</);
  t.notRegex(wrong.html, /Wait for the next one/);
  accepted();
  t.is(locationOf(await send(browser, other, 'AAAA-BBBB-CCCC-DDDD')), '/operations');
  t.deepEqual(sent().at(-1), { sign_in: TICKET, totp: 'AAAA-BBBB-CCCC-DDDD' });
});

test('the page survives a change of the language', async (t) => {
  const { browser, askedForCode } = await start(t);
  const path = locationOf(await askedForCode(browser));
  const { html } = await browser.get(path);
  const back = /name="next" value="([^"]*)"/.exec(html)?.[1]?.replaceAll('&amp;', '&') ?? '';
  const changed = await browser.post('/language', {
    ...hiddenFields(html, '/language'),
    language: 'fr',
    next: back,
  });
  const page = await browser.follow(changed);
  t.is(page.status, 200);
  t.regex(page.html, /lang="fr"/);
  t.regex(page.html, /name="totp"/);
});

test('a sign-in that auth no longer knows begins again', async (t) => {
  const { browser, askedForCode, refused } = await start(t);
  const path = locationOf(await askedForCode(browser, '/login?next=/operations'));
  refused('invalid_sign_in');
  const again = await send(browser, path, '123456');
  t.is(locationOf(again), '/login?next=%2Foperations');
  t.regex((await browser.follow(again)).html, /Your sign-in has expired/);
  t.deepEqual(sealed(browser), []);
  t.is(locationOf(await browser.get(path)), '/login?next=%2Foperations');
});

test('the page opens for the browser that gave the password only', async (t) => {
  const { browser, url, askedForCode, sent } = await start(t);
  const path = locationOf(await askedForCode(browser));
  const other = new Browser(url);
  await other.get('/login');
  t.is(locationOf(await other.get(path)), '/login');
  for (const name of sealed(browser)) other.cookies.set(name, browser.cookies.get(name) ?? '');
  t.is(locationOf(await other.get(path)), '/login', 'a planted ticket opens nothing');
  for (const lost of ['/login/code', '/login/code?sign_in=AAAAAAAAAAAA', '/login/code?sign_in=../x'])
    t.is(locationOf(await browser.get(lost)), '/login');
  const form = await browser.get('/login');
  t.is(
    locationOf(await browser.post('/login/code', { ...hiddenFields(form.html, '/login'), totp: '1' })),
    '/login',
  );
  t.deepEqual(sent(), []);
});
