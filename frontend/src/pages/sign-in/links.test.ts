import test, { type ExecutionContext } from 'ava';
import { request } from 'undici';
import { Browser, hiddenFields, locationOf, type PageResponse } from '../../testing/browser.ts';
import { type Answer, problem } from '../../testing/messages.ts';
import { startFrontend } from '../../testing/start-frontend.ts';

const PAGES = {
  '/recover': { post: '/api/auth/password/recover', fields: passwords('Ten purple umbrellas') },
  '/confirm-email': { post: '/api/auth/profile/confirm-email', fields: {} },
  '/stop-email-change': { post: '/api/auth/profile/stop-email-change', fields: {} },
  '/unsubscribe': {
    post: '/api/auth/profile/mails/unsubscribe',
    fields: {},
    answer: { status: 200, body: { kind: 'decisions' } },
  },
  '/stop-sign-in': { post: '/api/auth/sessions/stop-sign-in', fields: {} },
} as const;
interface LinkUse {
  post: string;
  fields: Record<string, string>;
  answer?: Answer;
}
const EACH = Object.entries<LinkUse>(PAGES);
const LOST = /This link can’t be used/;

function passwords(typed: string) {
  return { new_password: typed, password_again: typed };
}

async function start(t: ExecutionContext, publicUrl?: string) {
  const frontend = await startFrontend(publicUrl === undefined ? {} : { publicUrl });
  t.teardown(() => frontend.close());
  const used = (path: string) =>
    frontend.bank.requests.flatMap((one) =>
      one.path === path ? [(one.body as { token: string }).token] : [],
    );
  return { ...frontend, used, browser: new Browser(frontend.url, 'en', publicUrl) };
}

const cookiesOf = ({ headers }: PageResponse) => [headers['set-cookie'] ?? []].flat();
const linkCookies = (browser: Browser) =>
  [...browser.cookies.keys()].filter((name) => name.includes('-link-'));
/** Sends the form of the page at `path`. */
async function send(browser: Browser, path: string, fields: Record<string, string>) {
  const { html } = await browser.get(path);
  return browser.post(path, { ...hiddenFields(html, path), ...fields });
}

for (const [page, { post, fields, answer = { status: 204 } }] of EACH) {
  test(`opening a link to ${page} only moves its secret out of the address, and the button uses it once`, async (t) => {
    const { browser, bank, used } = await start(t);
    const opened = await browser.get(`${page}?token=secret-1`);
    t.is(opened.status, 303);
    t.regex(locationOf(opened), new RegExp(`^${page}\\?link=[\\w-]{12}$`));
    t.is(opened.headers['referrer-policy'], 'no-referrer');
    t.is(opened.headers['cache-control'], 'no-store');
    const cookie = cookiesOf(opened).find((line) => line.includes('-link-')) ?? '';
    for (const attribute of [
      new RegExp(`; path=${page}(;|$)`),
      /; httponly/i,
      /; samesite=lax/i,
      /; expires=/i,
    ])
      t.regex(cookie, attribute);
    t.false(cookie.includes('secret-1'));
    const path = locationOf(opened);
    for (let load = 0; load < 2; load += 1) {
      const shown = await browser.get(path);
      t.is(shown.status, 200);
      t.notRegex(shown.html, LOST);
      t.false(shown.html.includes('secret-1'));
      t.is(shown.headers['referrer-policy'], 'same-origin', 'so that the form is sent with its origin');
      t.is(shown.headers['cache-control'], 'no-store');
    }
    t.deepEqual(used(post), []);
    bank.answerNext('POST', post, answer);
    t.is((await send(browser, path, fields)).status, 303);
    t.deepEqual(used(post), ['secret-1']);
    t.deepEqual(linkCookies(browser), [], 'the secret is gone');
    t.regex((await browser.get(path)).html, LOST);
  });

  test(`a link to ${page} that is wrong, was used or has expired says so`, async (t) => {
    const { browser, bank, used } = await start(t);
    for (const path of [page, `${page}?token=`, `${page}?link=AAAAAAAAAAAA`, `${page}?link=../x`]) {
      const { html, status } = await browser.get(path);
      t.is(status, 200);
      t.regex(html, LOST);
      t.regex(html, /<title>Error:/);
    }
    for (const token of ['%3Cscript%3E', 'a'.repeat(1_025), 'a&token=b']) {
      const shown = await browser.follow(await browser.get(`${page}?token=${token}`));
      t.regex(shown.html, LOST, token);
    }
    const path = locationOf(await browser.get(`${page}?token=used-before`));
    bank.answerNext('POST', post, { status: 400, body: problem(400, 'invalid_link') });
    const sent = await send(browser, path, fields);
    t.is(locationOf(sent), path);
    t.regex((await browser.get(path)).html, LOST);
    t.deepEqual(linkCookies(browser), []);
    const without = await browser.get(`${page}?link=AAAAAAAAAAAA`);
    const token = /name="_csrf" value="([^"]+)"/.exec(without.html)?.[1] ?? '';
    for (const id of ['', '?link=AAAAAAAAAAAA', '?token=posted'])
      t.is((await browser.post(page + id, { ...fields, _csrf: token, token: 'posted' })).status, 303);
    t.deepEqual(used(post), ['used-before'], 'a secret in a form or in its address is none');
  });
}

test('a link that no longer stops emails leads to where they are chosen', async (t) => {
  const { browser } = await start(t);
  t.regex((await browser.get('/unsubscribe')).html, /<a class="link" href="\/profile#mails">/);
});

test('two links in two tabs stay apart, in any order, and an earlier one is never used for a later', async (t) => {
  const { browser, bank, used } = await start(t);
  const attackers = locationOf(await browser.get('/recover?token=of-the-attacker'));
  const own = locationOf(await browser.get('/recover?token=own'));
  bank.answerNext('POST', PAGES['/recover'].post, { status: 204 });
  await send(browser, own, passwords('Ten purple umbrellas'));
  t.deepEqual(used(PAGES['/recover'].post), ['own']);
  t.notRegex((await browser.get(attackers)).html, LOST);
  t.regex((await browser.get(attackers.replace('/recover', '/confirm-email'))).html, LOST, 'on another page');
});

test('at most four links are kept, the newest', async (t) => {
  const { browser } = await start(t);
  const paths: string[] = [];
  for (let tab = 0; tab < 6; tab += 1)
    paths.push(locationOf(await browser.get(`/confirm-email?token=tab-${tab}`)));
  t.is(linkCookies(browser).length, 4);
  const lost = await Promise.all(paths.map(async (path) => LOST.test((await browser.get(path)).html)));
  t.deepEqual(lost, [true, true, false, false, false, false]);
});

test('a cookie that is planted in another browser opens nothing there', async (t) => {
  const { browser, url, used } = await start(t);
  const path = locationOf(await browser.get('/recover?token=of-the-attacker'));
  const victim = new Browser(url);
  await victim.get('/login');
  for (const [name, value] of browser.cookies) if (name.includes('-link-')) victim.cookies.set(name, value);
  t.regex((await victim.get(path)).html, LOST);
  const { html } = await victim.get('/login');
  const token = /name="_csrf" value="([^"]+)"/.exec(html)?.[1] ?? '';
  await victim.post(path, { _csrf: token, ...passwords('Ten purple umbrellas') });
  t.deepEqual(used(PAGES['/recover'].post), []);
});

test('after another user has signed in, or the user has signed out, the link must be opened again', async (t) => {
  const { browser, bank } = await start(t);
  const before = locationOf(await browser.get('/confirm-email?token=before'));
  await browser.signIn('alice');
  t.regex((await browser.get(before)).html, LOST);
  const again = locationOf(await browser.get('/confirm-email?token=before'));
  bank.answerNext('POST', PAGES['/confirm-email'].post, { status: 204 });
  const second = locationOf(await browser.get('/confirm-email?token=other'));
  t.is(locationOf(await send(browser, again, {})), '/profile');
  await browser.submit('/logout', {}, '/profile');
  t.regex((await browser.get(second)).html, LOST);
});

test('a refused password keeps the link, and the page of the link is never one to come back to with a secret', async (t) => {
  const { browser, bank, used } = await start(t);
  const path = locationOf(await browser.get('/recover?token=secret-1'));
  const differ = await send(browser, path, { new_password: 'one', password_again: 'two' });
  t.regex(locationOf(differ), /^\/recover\?link=[\w-]{12}&draft=[\w-]{12}#error-summary$/);
  const shown = await browser.follow(differ);
  t.regex(shown.html, /<title>Error:/);
  t.notRegex(shown.html, LOST);
  const { post } = PAGES['/recover'];
  bank.answerNext('POST', post, { status: 422, body: problem(422, 'password_too_weak') });
  t.regex(locationOf(await send(browser, path, passwords('short'))), /draft=/);
  bank.answerNext('POST', post, { status: 204 });
  t.is(locationOf(await send(browser, path, passwords('Ten purple umbrellas'))), '/login');
  t.deepEqual(used(post), ['secret-1', 'secret-1']);
});

test('HEAD and a preview without cookies don’t use the link', async (t) => {
  const { browser, url, used } = await start(t);
  for (const method of ['HEAD', 'GET'] as const) {
    const reply = await request(`${url}/confirm-email?token=secret-1`, { method });
    t.is(reply.statusCode, 303);
    await reply.body.dump();
  }
  const path = locationOf(await browser.get('/confirm-email?token=secret-1'));
  t.notRegex((await browser.get(path)).html, LOST);
  t.deepEqual(used(PAGES['/confirm-email'].post), []);
});

test('on HTTPS the cookie of a link is for TLS alone', async (t) => {
  const { browser } = await start(t, 'https://bank.example');
  const opened = await browser.get('/recover?token=secret-1');
  const cookie = cookiesOf(opened).find((line) => line.includes('-link-')) ?? '';
  t.regex(cookie, /^__Secure-guichet-link-[\w-]{12}=Fe26\.2\*/);
  t.regex(cookie, /; secure/i);
});

test.serial('a link is kept for an hour', async (t) => {
  const { browser } = await start(t);
  const path = locationOf(await browser.get('/recover?token=secret-1'));
  const { now } = Date;
  t.teardown(() => {
    Date.now = now;
  });
  Date.now = () => now() + 59 * 60_000;
  t.notRegex((await browser.get(path)).html, LOST);
  Date.now = () => now() + 62 * 60_000;
  t.regex((await browser.get(path)).html, LOST);
});
